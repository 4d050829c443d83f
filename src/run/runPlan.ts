import * as l10n from '@vscode/l10n';
import type { CommandSpec } from '../host/commandLine';
import { commandText } from '../plan/script';
import type { Plan, Step, Undo } from '../plan/plan';
import { takeBack } from './undo';
import { findDomain, findVolume, unmet, type Oracle } from './verify';

/** Runs one command where its user can see it. Its exit code; undefined if it was ended before it had one. */
export type Execute = (spec: CommandSpec, title: string, signal?: AbortSignal) => Promise<number | undefined>;

/** What a run needs from the world. */
export interface Means extends Oracle {
  readonly execute: Execute;
  /** Whether there is anything at this path, here. */
  readonly exists: (path: string) => Promise<boolean>;
  readonly onStep?: (step: Step) => void;
}

/** A plan that was not carried out. Its message says which step failed, why, and what was taken back. */
export class PlanFailure extends Error {
  override readonly name = 'PlanFailure';

  constructor(
    readonly step: Step,
    readonly cancelled: boolean,
    readonly undone: readonly string[],
    /** What is still there, with the commands that remove it. */
    readonly left: readonly string[],
    reason: string,
  ) {
    super(
      [
        cancelled
          ? l10n.t('Cancelled at the step "{0}".', step.title)
          : l10n.t('The step "{0}" failed: {1}', step.title, sentence(reason)),
        undone.length === 0 ? l10n.t('Nothing had to be undone.') : l10n.t('Undone: {0}.', undone.join('; ')),
        ...(left.length === 0 ? [] : [l10n.t('Not undone, to be removed by hand: {0}', left.join('; '))]),
      ].join(' '),
    );
  }
}

/**
 * Carries a plan out, step after step. Each step that says what must be true afterwards is held to it by asking
 * libvirt: virt-clone and virt-install exit with 0 when they were interrupted. What fails or is cancelled is undone in
 * reverse, touching only what this run made.
 * @throws PlanFailure
 */
export async function runPlan(plan: Plan, means: Means, signal?: AbortSignal): Promise<void> {
  const undos: Undo[] = [];
  for (const step of plan.steps) {
    means.onStep?.(step);
    const problem = await runStep(step, means, undos, signal);
    if (problem === undefined) continue;
    const { undone, left } = await undoAll(undos, means);
    throw new PlanFailure(step, isAborted(signal), undone, left, problem);
  }
}

async function runStep(
  step: Step,
  means: Means,
  undos: Undo[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    if (isAborted(signal)) return l10n.t('cancelled');
    if (step.fresh !== undefined && (await means.exists(step.fresh))) {
      return l10n.t('There is already a file {0}.', step.fresh);
    }
    const taken = await somebodyElses(step, means);
    if (taken !== undefined) return taken;
    const exitCode = await means.execute(step.spec, step.title, signal);
    // Ended from outside, a command may have done its work all the same.
    const failedByItself = exitCode !== undefined && exitCode > 0 && exitCode < 128 && !isAborted(signal);
    const madeNothing = step.atomic === true && failedByItself;
    if (step.undo !== undefined && !madeNothing) undos.push(step.undo);
    if (isAborted(signal)) return l10n.t('cancelled');
    if (exitCode === undefined) return l10n.t('{0} was ended before it was done.', step.spec.file);
    if (exitCode !== 0) {
      return l10n.t('{0} ended with exit code {1}; its output is in the terminal.', step.spec.file, exitCode);
    }
    return step.verify === undefined ? undefined : await unmet(step.verify, means);
  } catch (error) {
    return messageOf(error);
  }
}

/** What a step would make and is there already belongs to others: the step must not run, and never be undone. */
async function somebodyElses({ undo }: Step, means: Means): Promise<string | undefined> {
  if (undo?.kind === 'undefineDomain' && (await findDomain(undo.name, means)) !== undefined) {
    return l10n.t('There is already a virtual machine called "{0}".', undo.name);
  }
  if (undo?.kind === 'deleteVolume' && (await findVolume(undo.path, means)) !== undefined) {
    return l10n.t('There is already a file {0}.', undo.path);
  }
  return undefined;
}

/** Asked anew each time: a run is cancelled while it waits for a command. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

async function undoAll(undos: readonly Undo[], means: Means): Promise<{ undone: string[]; left: string[] }> {
  const undone: string[] = [];
  const left: string[] = [];
  let machineStays = false;
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
      left.push(`${undo.kind === 'deleteVolume' ? undo.path : undo.name} (${messageOf(error)})`);
      machineStays ||= undo.kind === 'undefineDomain';
    }
  }
  return { undone, left };
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What programs say often ends without a full stop; more sentences follow here. */
function sentence(text: string): string {
  return /[.!?…)]$/.test(text) ? text : `${text}.`;
}
