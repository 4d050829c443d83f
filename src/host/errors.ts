import * as l10n from '@vscode/l10n';
import type { CommandSpec } from './commandLine';
import { explanationOf } from './explain';

/** What kept a command from doing its work, as far as its own words tell. */
export type FailureKind =
  | 'notInstalled'
  | 'noPermission'
  | 'notRunning'
  | 'unreachable'
  | 'authentication'
  | 'hostKeyUnknown'
  | 'hostKeyChanged'
  | 'timeout'
  | 'noDriver'
  | 'unsupported'
  | 'busy'
  | 'cancelled'
  | 'gone'
  | 'other';

/** A command that failed: its message is for people; command, exit code and stderr are for the log. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly kind: FailureKind,
    readonly spec: CommandSpec,
    readonly exitCode: number | undefined,
    readonly stderr: string,
    options?: ErrorOptions,
  ) {
    super(explain(kind, spec, exitCode, stderr), options);
  }
}

/**
 * Whether a failure is for a person to solve, who may have to answer what ssh asks. Trying again does not help, and too
 * many failing logins lock people out.
 */
export function needsPerson(error: Error | undefined): boolean {
  return error instanceof CommandError && personal.includes(error.kind);
}

const personal: readonly FailureKind[] = [
  'authentication',
  'noPermission',
  'hostKeyUnknown',
  'hostKeyChanged',
];

// What virsh, libvirt and ssh print in the C locale, most particular first.
const signs: readonly [RegExp, FailureKind][] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|^Host key for .* has changed/m, 'hostKeyChanged'],
  [/Host key verification failed/, 'hostKeyUnknown'],
  // No agent asks for a password here: that is for the group libvirt, or for a terminal.
  [/authentication unavailable: no polkit agent/i, 'noPermission'],
  [
    /authentication (failed|unavailable|cancelled)|polkit|Permission denied \(|Too many authentication failures/i,
    'authentication',
  ],
  [
    /(Cannot read|Unable to (set|import|verify)) .*\b(certificate|client key|TLS peer)|certificate .*(has expired|not yet active|does not match)|TLS handshake failed/i,
    'authentication',
  ],
  [/Failed to connect socket to .*: Permission denied/i, 'noPermission'],
  [/Failed to connect socket to .*: (No such file|Connection refused)/i, 'notRunning'],
  [/no connection driver available/i, 'noDriver'],
  [
    /(ssh: connect to host .* port \d+:|kex_exchange_identification|Connection closed by (remote host|\S+ port \d)|Network is unreachable|unable to connect to server at|Could not resolve hostname|Unable to resolve address|Connection timed out|No route to host|Cannot recv data)/i,
    'unreachable',
  ],
  [/^error: End of file while reading data: Input\/output error|client socket is closed/m, 'unreachable'],
  [/cannot acquire state change lock|has asynchronous jobs running/i, 'busy'],
  [/keepalive timeout|Timed out during operation/i, 'timeout'],
  [/(Domain|Storage volume|Storage pool|Network) not found|failed to get (domain|vol|pool)/i, 'gone'],
  [
    /this function is not supported by the connection driver|unsupported (flags|configuration)|unknown command: '|command '.*' doesn't support option/i,
    'unsupported',
  ],
];

/** Sorts a failed command by what it printed on stderr (in the C locale). */
export function failureKind(stderr: string): FailureKind {
  return signs.find(([sign]) => sign.test(stderr))?.[1] ?? 'other';
}

/**
 * The part of stderr that says what happened: virsh prefixes each line with `error:` and puts the cause last. What ssh
 * said stands between libvirt's words for a stream that ended; its last line is the cause, what comes before are
 * warnings and the host's greeting.
 */
export function cause(stderr: string): string {
  const lines = stderr
    .replace(
      /(?:Cannot recv data|End of file while reading data): ([^]+): (?:Connection reset by peer|Input\/output error)/,
      (_, said: string) => said.trimEnd().split('\n').at(-1) ?? '',
    )
    .split('\n')
    .map((line) => line.replace(/^(error|ERROR):?\s+/, '').trim())
    .filter((line) => line !== '' && !/^failed to connect to the hypervisor$/.test(line));
  return lines.slice(0, 3).join(' ');
}

/** Why a command that reached libvirt failed: what it means and what helps where that is known, else its own words. */
export function reasonOf(stderr: string): string {
  const known = explanationOf(stderr);
  return known === undefined ? cause(stderr) : `${known.why} ${known.remedy}`;
}

function explain(kind: FailureKind, spec: CommandSpec, exitCode: number | undefined, stderr: string): string {
  const reason = cause(stderr);
  const known = explanationOf(stderr);
  if (known !== undefined && ['gone', 'other', 'unsupported'].includes(kind)) return reasonOf(stderr);
  switch (kind) {
    case 'notInstalled':
      return l10n.t('{0} is not installed, or not in the PATH.', spec.file);
    case 'noPermission':
      return l10n.t(
        'You may not use this libvirt. Add yourself to the group libvirt ("sudo usermod -aG libvirt $USER") and log in again. ({0})',
        reason,
      );
    case 'notRunning':
      return l10n.t(
        'libvirt is not running on this host. Start it ("sudo systemctl start libvirtd") and refresh. ({0})',
        reason,
      );
    case 'unreachable':
      return l10n.t('The host cannot be reached. Check its address and the network. ({0})', reason);
    case 'authentication':
      return l10n.t(
        'The host refused your authentication. Check your key, password, certificates or polkit rights. ({0})',
        reason,
      );
    case 'hostKeyUnknown':
      return l10n.t(
        'The key of this host is not known yet. Connect in the terminal, where ssh shows it and asks. ({0})',
        reason,
      );
    case 'hostKeyChanged':
      return l10n.t(
        'The host shows another key than before: it was installed anew, or somebody stands in between. Find out which, then connect in the terminal, where ssh says how the old key is removed.',
      );
    case 'timeout':
      return l10n.t(
        '{0} did not answer in time: libvirt hangs, is very busy, or its host cannot be reached. Refresh to try again; if that does not help, restart libvirt ("sudo systemctl restart libvirtd").',
        spec.file,
      );
    case 'unsupported':
      return l10n.t('This libvirt cannot do that; a newer one may. ({0})', reason);
    case 'cancelled':
      return l10n.t('{0} was cancelled.', spec.file);
    case 'noDriver':
      return l10n.t(
        'The libvirt of this host does not know its hypervisor. Install its driver for QEMU, or another URI may be right. ({0})',
        reason,
      );
    case 'busy':
      return l10n.t('Something else is under way with it. Try again when that has ended. ({0})', reason);
    case 'gone':
      return l10n.t(
        '{0}. It was deleted or renamed meanwhile, or its pool is not active: refresh to see what is there.',
        reason.replace(/\.$/, ''),
      );
    case 'other':
      return reason === ''
        ? l10n.t('{0} ended with exit code {1}. The log has the whole command.', spec.file, exitCode ?? '?')
        : l10n.t('{0}. The log has the whole command and what it said.', reason.replace(/\.$/, ''));
  }
}
