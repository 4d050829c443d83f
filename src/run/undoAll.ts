import type { CommandSpec } from '../host/commandLine';
import { commandText } from '../plan/script';
import type { Undo } from '../plan/plan';
import { byHand, takeBack } from './undo';
import type { Means } from './runPlan';
import { hostIsGone } from './verify';

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
  const staying = new Set<Undo['kind']>();
  let unreached = false;
  const leave = (undo: Undo, specs: readonly CommandSpec[]) => {
    left.push(...specs.map((spec) => commandText(spec)));
    staying.add(undo.kind);
  };
  for (const undo of [...undos].reverse()) {
    // An image is never deleted under a machine that could not be removed.
    if (staying.has('undefineDomain') && undo.kind === 'deleteVolume') {
      leave(undo, byHand(undo, means.uri));
      continue;
    }
    try {
      const back = await takeBack(undo, means);
      const { rest, lost } = back === undefined ? nothingLeft : await runAll(back.specs, back.title, means);
      unreached ||= lost;
      if (rest.length > 0) {
        leave(undo, rest);
        continue;
      }
      if (back !== undefined) undone.push(back.done);
      await means.onOver?.(undo).catch(() => undefined); // It is taken back, whatever is written about it.
    } catch (error) {
      unreached ||= hostIsGone(error);
      leave(undo, byHand(undo, means.uri));
    }
  }
  return { undone, left, unreached };
}

const nothingLeft = { rest: [], lost: false };

/** Runs commands until one fails: that one and those behind it are the rest. */
async function runAll(
  specs: readonly CommandSpec[],
  title: string,
  { execute }: Means,
): Promise<{ readonly rest: readonly CommandSpec[]; readonly lost: boolean }> {
  for (const [index, spec] of specs.entries()) {
    const { exitCode } = await execute(spec, title);
    if (exitCode !== 0) return { rest: specs.slice(index), lost: exitCode === undefined };
  }
  return nothingLeft;
}
