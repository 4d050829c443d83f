/** A program and its arguments, as they are given to a process. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

// A process in a namespace must not outlive the one that started it, however that one ended.
const endsWithParent = ['setpriv', '--pdeathsig', 'TERM', '--'];

/**
 * The command as a user who is not root. libvirt's `qemu:///session` belongs to ordinary users: for root, virsh asks
 * the system daemon instead (measured on libvirt 9.0). When this process is root, the command runs in a user namespace
 * in which root's own files keep their owner and the user is `nobody`; otherwise it is returned as it is.
 */
export function asUser(file: string, args: readonly string[]): Command {
  if (process.geteuid?.() !== 0) return { file, args };
  return {
    file: 'unshare',
    args: ['--user', '--map-user=nobody', '--map-group=nogroup', '--', ...endsWithParent, file, ...args],
  };
}
