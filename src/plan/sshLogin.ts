import type { Domain } from '../host/domain';

/** Where a guest is, and how to get in. */
export interface SshLogin {
  readonly user: string;
  /** An address of the guest, as the host sees it, or what libvirt's ssh proxy calls it. */
  readonly address: string;
  /** The machine's UUID: the name under which its key is known, because addresses pass from clone to clone. */
  readonly uuid: string;
  /** Where keys of guests are kept, so that the user's own `known_hosts` never fills with those of throw-away clones. */
  readonly knownHosts: string;
  /** The host's own ssh destination, where the guest can only be reached through it. */
  readonly jump: string | undefined;
}

/** The arguments of ssh for a login on a guest. A key that is new is taken, one that has changed is refused. */
export function sshArguments({ user, address, uuid, knownHosts, jump }: SshLogin): string[] {
  return [
    ...['-o', `UserKnownHostsFile=${quoted(knownHosts)}`],
    ...['-o', `HostKeyAlias=${uuid}`],
    ...['-o', 'StrictHostKeyChecking=accept-new'],
    ...(jump === undefined ? [] : ['-J', jump]),
    ...['-l', user, '--', address],
  ];
}

/** Where libvirt's ssh proxy (10.4 and later) tells ssh of itself. */
export const sshProxyFile = '/etc/ssh/ssh_config.d/30-libvirt-ssh-proxy.conf';

/**
 * What ssh calls a guest that libvirt's proxy reaches by its vsock, without any network; undefined where it does not.
 * The proxy asks the system's libvirt first, and ssh writes names in small letters.
 */
export function proxiedBy(
  { name, vsock }: Pick<Domain, 'name' | 'vsock'>,
  uri: string,
  hasProxy: boolean,
): string | undefined {
  const reached = hasProxy && vsock === true && /^qemu:\/\/\/system\b/.test(uri);
  return reached && /^[a-z0-9][a-z0-9._-]*$/.test(name) ? `qemu/${name}` : undefined;
}

/** The ssh destination (`user@host:port`) of a `qemu+ssh` URI; undefined where the host is reached in another way. */
export function jumpOf(uri: string): string | undefined {
  const [, user, name, port] =
    /^[a-z0-9]+\+ssh:\/\/(?:([^@/]+)@)?(\[[0-9a-f:.%]+\]|[^:/?]+)(?::(\d+))?\//i.exec(uri) ?? [];
  if (name === undefined) return undefined;
  const login = user === undefined ? '' : `${decodeURIComponent(user)}@`;
  return `${login}${name}${port === undefined ? '' : `:${port}`}`;
}

/** A file name as a value of ssh's configuration, which splits it at blanks and expands `%`. */
function quoted(file: string): string {
  return `"${file.replaceAll('%', '%%')}"`;
}
