import * as l10n from '@vscode/l10n';
import type { CommandSpec } from './commandLine';

/** The transports of libvirt; those that go over the network need the name of a host. */
const transports = ['unix', 'ssh', 'libssh', 'libssh2', 'tls', 'tcp', 'ext'];
const networked = ['ssh', 'libssh', 'libssh2', 'tls', 'tcp'];

// Only characters that a URI may have (RFC 3986): neither blanks nor "${", which VS Code would replace in tasks.
const form =
  /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\/(?:([\w.~%!$&'()*+,;=-]+)@)?(\[[0-9a-f:.%]+\]|[\w.~%-]*)(?::(\d+))?(\/[\w.~%!$&'()*+,;=:@/-]*)(?:\?([\w.~%!$&'()*+,;=:@/?-]*))?$/i;

/**
 * Why a text cannot be the URI of a host; undefined if it can. The form is libvirt's:
 * `scheme[+transport]://[user@][host][:port]/path[?query]`.
 */
export function uriProblem(text: string): string | undefined {
  const parts = form.exec(text);
  if (parts === null) {
    return l10n.t('Enter a URI such as "{0}" or "{1}".', 'qemu:///system', 'qemu+ssh://user@host/system');
  }
  const [, , transport, , host = '', port] = parts;
  if (transport !== undefined && !transports.includes(transport)) {
    return l10n.t('libvirt has no transport "{0}". It knows {1}.', transport, transports.join(', '));
  }
  if (host === '' && networked.includes(transport ?? '')) {
    return l10n.t('The transport {0} needs the name of a host.', transport ?? '');
  }
  // Programs would take it for an option.
  if (host.startsWith('-')) return l10n.t('The name of a host must not begin with "-".');
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return l10n.t('A port is a number from 1 to 65535.');
  }
  return undefined;
}

/** Whether a host is reached by the program ssh. */
export function isSsh(uri: string): boolean {
  return /^[a-z0-9]+\+ssh:\/\//i.test(uri);
}

/**
 * The URI with which a host is read where nobody can answer a question: libvirt then starts ssh in batch mode, which
 * fails at once where it would ask for a password or about a host key, also when VS Code itself was started in a
 * terminal. Other URIs stay as they are.
 */
export function unattendedUri(uri: string): string {
  if (!/^[a-z0-9]+\+(ssh|libssh2?):\/\//i.test(uri) || /[?&]no_tty=/.test(uri)) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}no_tty=1`;
}

/** A command that asks nothing on the way to its host. */
export function unattended(spec: CommandSpec): CommandSpec {
  const args = spec.args.map((arg, index) =>
    spec.args[index - 1] === '--connect' ? unattendedUri(arg) : arg,
  );
  return { ...spec, args };
}
