import * as l10n from '@vscode/l10n';
import { isAborted } from '../host/aborted';
import type { CommandSpec } from '../host/commandLine';
import type { Explanation } from '../host/explain';
import type { RunOptions } from '../host/process';
import { partsOf, type Plan, type Step, type Undo } from '../plan/plan';
import { hasSnapshot } from './beside';
import type { Ended } from './ended';
import { messageOf } from './message';
import { PartsFailure, PlanFailure } from './planFailure';
import { undoAll } from './undoAll';
import { findDomain, findPool, findVolume, unmet, type Oracle } from './verify';
import { patienceMs, whenFree } from './whenFree';

export { PartsFailure, PlanFailure } from './planFailure';

/**
 * Runs one command where its user can see it.
 * @throws Error where it could not even be started
 */
export type Execute = (spec: CommandSpec, title: string, signal?: AbortSignal) => Promise<Ended>;

/** What a run needs from the world. */
export interface Means extends Oracle {
  readonly execute: Execute;
  /** Makes an empty file at this path, here; false where there is something already. */
  readonly reserve: (path: string) => Promise<boolean>;
  readonly onStep?: (step: Step) => void;
  /** Called before a step that makes something, with how it is taken back: it may be made from then on. */
  readonly onUndo?: (undo: Undo, step: Step) => Promise<void>;
  /** Called when nothing of a step is there (any more), because it made nothing or is taken back. */
  readonly onOver?: (undo: Undo) => Promise<void>;
  /** Called when a part is whole: from then on it stays. */
  readonly onDone?: (part: string) => Promise<void>;
  /** How many parts run side by side; one unless told. */
  readonly sideBySide?: number;
  /** How long a pool that another run uses is waited for. */
  readonly patienceMs?: number;
}

/**
 * Carries a plan out, step after step. Each step that says what must be true afterwards is held to it by asking
 * libvirt: virt-clone and virt-install exit with 0 when they were interrupted. What fails or is cancelled is undone in
 * reverse, touching only what this run made.
 *
 * Of a plan with parts, each is carried out and undone by itself; the steps for all of them come before and after. When
 * it is cancelled, what is under way is undone, and what is done stays.
 * @throws PlanFailure
 * @throws PartsFailure where a part failed
 */
export async function runPlan(plan: Plan, means: Means, signal?: AbortSignal): Promise<void> {
  const parts = partsOf(plan.steps);
  if (parts.size === 0) {
    await runSteps(plan.steps, means, [], signal);
    return;
  }
  const first = plan.steps.findIndex(({ part }) => part !== undefined);
  const last = plan.steps.findLastIndex(({ part }) => part !== undefined);
  const undos: Undo[] = [];
  await runSteps(plan.steps.slice(0, first), means, undos, signal);
  const { done, failed, skipped } = await runParts(plan, means, signal);
  // These clear away what all parts needed: also when the run was cancelled.
  const afterwards = await failureOf(runSteps(plan.steps.slice(last + 1), means, undos));
  if (failed.size > 0 || skipped.length > 0 || afterwards !== undefined)
    throw new PartsFailure(done, failed, skipped, afterwards);
}

async function runParts({ steps: all, stopAtFirst }: Plan, means: Means, signal?: AbortSignal) {
  const done: string[] = [];
  const failed = new Map<string, PlanFailure>();
  const waiting = [...partsOf(all)];
  const lane = async () => {
    for (;;) {
      if (isAborted(signal) || (stopAtFirst === true && failed.size > 0)) return;
      const next = waiting.shift();
      if (next === undefined) return;
      const [part, steps] = next;
      const failure = await failureOf(runSteps(steps, means, [], signal));
      if (failure === undefined) {
        done.push(part);
        // It is whole, whatever is written about it.
        await means.onDone?.(part).catch(() => undefined);
      } else failed.set(part, failure);
    }
  };
  await Promise.all(Array.from({ length: means.sideBySide ?? 1 }, lane));
  return { done, failed, skipped: waiting.map(([part]) => part) };
}

async function failureOf(run: Promise<void>): Promise<PlanFailure | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof PlanFailure) return error;
    throw error;
  }
}

/** @param undos what is taken back when a step fails; what the steps make is added */
async function runSteps(
  steps: readonly Step[],
  means: Means,
  undos: Undo[],
  signal?: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    means.onStep?.(step);
    const problem = await runStep(step, means, undos, signal);
    if (problem === undefined) continue;
    const taken = await undoAll(undos, means);
    throw new PlanFailure(step, isAborted(signal), taken, problem.reason, problem.explanation);
  }
}

/** Why a step failed, for people, and as data where its command's words are known. */
interface Problem {
  readonly reason: string;
  readonly explanation?: Explanation | undefined;
}

/** @returns why it failed; undefined if it did not */
async function runStep(
  step: Step,
  means: Means,
  undos: Undo[],
  signal?: AbortSignal,
): Promise<Problem | undefined> {
  const { undo, fresh, spec } = step;
  const asking: Means = { ...means, run: (asked, options) => means.run(asked, withSignal(options, signal)) };
  try {
    if (isAborted(signal)) return { reason: l10n.t('cancelled') };
    const taken = await somebodyElses(step, asking);
    if (taken !== undefined) return { reason: taken };
    if (fresh !== undefined && !(await means.reserve(fresh))) {
      return { reason: l10n.t('There is already a file {0}.', fresh) };
    }
    // Not before the file is the run's own: what is there would be taken back.
    if (fresh !== undefined && undo !== undefined) undos.push(undo);
    if (undo !== undefined) await means.onUndo?.(undo, step);
    const start = () => means.execute(spec, step.title, signal);
    const { exitCode, cause, explanation } =
      undo?.kind === 'endPool'
        ? await whenFree(undo.name, asking, start, means.patienceMs ?? patienceMs, signal)
        : await start();
    // Ended from outside, or with its host gone, a command may have done its work all the same.
    const failedByItself = exitCode !== undefined && exitCode > 0 && exitCode < 128;
    const madeNothing = step.atomic === true && failedByItself;
    if (undo !== undefined && fresh === undefined) {
      if (madeNothing) await means.onOver?.(undo);
      else undos.push(undo);
    }
    if (isAborted(signal)) return { reason: l10n.t('cancelled') };
    if (exitCode !== 0) {
      // Of two who made the same at once, the other was faster.
      const lost = madeNothing ? await somebodyElses(step, asking) : undefined;
      if (lost !== undefined) return { reason: lost };
      return { reason: reasonIn(spec, exitCode, cause), explanation };
    }
    const reason = step.verify === undefined ? undefined : await unmet(step.verify, asking);
    return reason === undefined ? undefined : { reason };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function reasonIn({ file }: CommandSpec, exitCode: number | undefined, cause: string): string {
  if (cause !== '') return cause;
  if (exitCode === undefined) return l10n.t('{0} was ended before it was done.', file);
  return l10n.t('{0} ended with exit code {1}; its output is in the terminal.', file, exitCode);
}

function withSignal(options: RunOptions | undefined, signal: AbortSignal | undefined): RunOptions {
  return signal === undefined ? { ...options } : { signal, ...options };
}

/** What a step would make and is there already belongs to others: the step must not run, and never be undone. */
async function somebodyElses({ undo }: Step, means: Means): Promise<string | undefined> {
  if (
    (undo?.kind === 'undefineDomain' || undo?.kind === 'discardCopy') &&
    (await findDomain(undo.name, means)) !== undefined
  ) {
    return l10n.t('There is already a virtual machine called "{0}".', undo.name);
  }
  const fresh = undo?.kind === 'deleteVolume' ? [undo.path] : undo?.kind === 'discardCopy' ? undo.paths : [];
  for (const path of fresh) {
    if ((await findVolume(path, means)) !== undefined) return l10n.t('There is already a file {0}.', path);
  }
  if (undo?.kind === 'deleteSnapshot' && (await hasSnapshot(undo.domain, undo.name, means))) {
    return l10n.t('There is already a snapshot called "{0}".', undo.name);
  }
  if (undo?.kind === 'endPool' && (await findPool(undo.uuid, means))) {
    return l10n.t('There is already a storage pool called "{0}".', undo.name);
  }
  return undefined;
}
