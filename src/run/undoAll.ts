import type { CommandSpec } from '../host/commandLine';
import { commandText } from '../plan/script';
import type { Undo } from '../plan/plan';
import { messageOf } from './message';
import { takeBack } from './undo';
import type { Means } from './runPlan';

/** What was taken back, and what is still there, with the commands that remove it. */
export interface Undone {
  readonly undone: readonly string[];
  readonly left: readonly string[];
  /** Whether something is left because the host could not be asked. */
  readonly unreached: boolean;
}

/** Takes back what a run has made, in reverse. Never rejects: what cannot be taken back is listed. */
export async function undoAll(undos: readonly Undo[], means: Means): Promise<Undone> {
  const undone: string[] = [];
  const left: string[] = [];
  let machineStays = false;
  let unreached = false;
  for (const undo of [...undos].reverse()) {
    // An image is never deleted under a machine that could not be removed.
    if (machineStays && undo.kind === 'deleteVolume') {
      left.push(undo.path);
      continue;
    }
    try {
      const back = await takeBack(undo, means);
      if (back === undefined) continue;
      const failed = await firstFailing(back.specs, back.title, means);
      if (failed === undefined) undone.push(back.done);
      else left.push(commandText(failed));
      machineStays ||= failed !== undefined && undo.kind === 'undefineDomain';
    } catch (error) {
      unreached = true;
      left.push(`${nameOf(undo)} (${messageOf(error)})`);
      machineStays ||= undo.kind === 'undefineDomain';
    }
  }
  return { undone, left, unreached };
}

function nameOf(undo: Undo): string {
  if (undo.kind === 'restore') return undo.title;
  if (undo.kind === 'abortBlockJob') return undo.target;
  if (undo.kind === 'abortJob') return undo.domain;
  return undo.kind === 'deleteVolume' ? undo.path : undo.name;
}

async function firstFailing(
  specs: readonly CommandSpec[],
  title: string,
  { execute }: Means,
): Promise<CommandSpec | undefined> {
  for (const spec of specs) {
    if ((await execute(spec, title)) !== 0) return spec;
  }
  return undefined;
}
