/** What a virsh that stays says on stderr about its connection, besides what its commands say (virsh.c, in C). */

// Said between and during commands, also during one that then succeeds; the last on leaving, by a virsh that has no
// place for its history.
const notices =
  /^error: (Disconnected from .*|Reconnected to the hypervisor|One or more references were leaked .*|Failed to create '.*\/virsh': .*)(\n|$)/gm;

/** What is left of stderr without the lines that are no failure of a command. */
export function withoutNotices(stderr: string): string {
  return stderr.replace(notices, '');
}

/** Whether a command failed: virsh puts `error:` before what it says then, not before what its helpers say. */
export function saysFailure(stderr: string): boolean {
  return /^error: /m.test(withoutNotices(stderr));
}

/** Whether the connection went away while a command was under way: what it printed is then no answer. */
export function lostConnection(stderr: string): boolean {
  return /^error: (Disconnected from |End of file while reading data|Cannot (recv|write) data|.*client socket is closed)/m.test(
    stderr,
  );
}

/** Whether a command was not even begun, because libvirt could not be reached: nothing then depends on the command. */
export function couldNotConnect(stderr: string): boolean {
  return /^error: failed to (re)?connect to the hypervisor(\n|$)/i.test(withoutNotices(stderr));
}

/** Whether libvirt's own client starts the daemon behind this URI when it is not there: the user's local session. */
export function startsOnDemand(uri: string): boolean {
  return /^[a-z0-9]+(\+unix)?:\/\/\/session(\?|$)/.test(uri);
}
