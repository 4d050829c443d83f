import type { Flag } from '../explorer/contextValue';

/**
 * Machines that a command could act on, by what they are now or have. Menus say the same of the same flags; a test holds
 * the two together.
 */
export type Which =
  | ('running' | 'awake' | 'resumable' | 'resettable' | 'startable' | 'off' | 'renamable')
  | ('savable' | 'saved' | 'withHost' | 'notWithHost' | 'snapshottable')
  | ('clone' | 'resettableClone' | 'template' | 'convertible' | 'resizable' | 'any');

type Has = (flag: Flag) => boolean;

const awake = (has: Has) => has('running') && !has('deaf');
// Others would break the moment one of these writes.
const free = (has: Has) => !has('inUse');

const isOne: Readonly<Record<Which, (has: Has) => boolean>> = {
  running: (has) => has('running') || has('paused'),
  awake,
  resumable: (has) => has('paused') && free(has),
  resettable: (has) => (has('running') || has('paused')) && free(has),
  startable: (has) => has('shutoff') && free(has),
  off: (has) => has('shutoff'),
  renamable: (has) => has('shutoff') && !has('saved'),
  savable: (has) => (awake(has) || has('paused')) && has('persistent'),
  saved: (has) => has('saved'),
  withHost: (has) => has('autostart'),
  notWithHost: (has) => has('persistent') && !has('autostart') && !has('marked') && free(has),
  snapshottable: (has) => has('persistent') && !has('saved') && free(has),
  clone: (has) => has('clone'),
  resettableClone: (has) => has('clone') && has('persistent') && !has('marked') && free(has),
  template: (has) => has('template'),
  convertible: (has) => has('shutoff') && !has('marked'),
  resizable: (has) => !has('marked') && !has('saved') && free(has),
  any: () => true,
};

/** Whether a machine with these flags is one that is meant. */
export function isMeant(which: Which, context: string): boolean {
  const flags = new Set(context.split(' '));
  return isOne[which]((flag) => flags.has(flag));
}
