import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import * as vscode from 'vscode';
import { config } from '../config';
import { patiently } from '../flows/patiently';
import { reserve } from '../host/files';
import { parallelRuns, type Host } from '../host/host';
import { lineageOf, type Lineage } from '../lineage/lineage';
import { partsOf, Refusal, type Plan } from '../plan/plan';
import { commandLine, toScript } from '../plan/script';
import { touchedBy } from '../plan/touched';
import { Journal } from '../run/journal';
import { PartsFailure, PlanFailure } from '../run/planFailure';
import { preflight } from '../run/preflight';
import { runPlan, type Means } from '../run/runPlan';
import { terminalExecute, type Visibility } from '../run/terminal';
import type { Deps } from './command';
import { inLog } from './inLog';
import { journalsIn, undoWhenBack } from './takeBackRun';

/**
 * The plan that a person has agreed to, made once more of the host as it is now: while a question was open, others may
 * have started a template, cloned a machine or taken a name.
 * @throws Refusal where it is now refused, or would do something else than what was shown
 * @throws Cancelled
 */
export async function stillTrue<P extends Plan>(
  agreed: P,
  host: Host,
  draft: (lineage: Lineage) => P,
): Promise<P> {
  const title = vscode.l10n.t('Reading {0}', host.uri);
  const now = await patiently(title, (signal) => host.inventory(signal));
  const plan = draft(lineageOf(now));
  if (toScript(plan) === toScript(agreed)) return plan;
  throw new Refusal(
    vscode.l10n.t(
      'The host has changed meanwhile, and the commands would be others now. Look again, then repeat it.',
    ),
  );
}

/**
 * Carries a plan out in the terminal, with progress that can be cancelled, and reads the host anew afterwards, however
 * it ended. A journal is kept meanwhile, by which a run that is cut off with its window is found at the next start.
 * @throws Refusal where something is in the way
 * @throws PlanFailure
 * @throws PartsFailure
 */
export async function carryOut(plan: Plan, host: Host, visibility: Visibility, deps: Deps): Promise<void> {
  await preflight(plan, host.local);
  const { title } = plan;
  const inView = { location: { viewId: 'libvirt.explorer' }, title };
  const asMessage = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const { withProgress } = vscode.window;
  try {
    await withProgress(inView, (viewed, never) =>
      visibility === 'shown'
        ? withProgress(asMessage, (told, token) => {
            const report = (step: StepProgress) => [viewed, told].forEach((place) => place.report(step));
            return runRecorded(plan, host, visibility, deps, { report }, token);
          })
        : runRecorded(plan, host, visibility, deps, viewed, never),
    );
  } finally {
    const touched = touchedBy(plan);
    // Settings that changed meanwhile may have put another one in its place.
    const shown = deps.hosts.known.filter(({ uri }) => uri === host.uri);
    await Promise.all([...new Set([host, ...shown])].map((each) => each.reread(touched)));
  }
}

interface StepProgress {
  readonly message: string;
  readonly increment: number;
}

async function runRecorded(
  plan: Plan,
  host: Host,
  visibility: Visibility,
  deps: Deps,
  progress: vscode.Progress<StepProgress>,
  token: vscode.CancellationToken,
): Promise<void> {
  const cancelled = new AbortController();
  token.onCancellationRequested(() => cancelled.abort());
  const takesBack = plan.steps.some(({ undo }) => undo !== undefined);
  const own = visibility !== 'quiet' && hasOneTerminal(plan) ? deps.terminals.own(plan.title) : undefined;
  const terminal = visibility === 'quiet' ? deps.terminals.quiet() : own;
  const piped = takesBack || terminal !== undefined ? host.pipedRun() : undefined;
  const run = piped?.run ?? host.run;
  const journal = takesBack ? await Journal.open(journalsIn(deps), randomUUID(), plan) : undefined;
  const ssh = host.overSsh ? deps.ssh.variables : {};
  const means: Means = {
    uri: host.uri,
    run,
    local: host.local,
    reserve,
    execute:
      terminal?.execute(run, config.programPaths, inLog(deps)) ??
      terminalExecute(() => config.programPaths, visibility, ssh),
    sideBySide: usesVirtinst(plan) ? Math.min(4, cpus().length + 1) : parallelRuns,
    onStep: ({ title, spec, part }) => {
      deps.log.info(commandLine(spec));
      const message = part === undefined ? title : `${part}: ${title}`;
      progress.report({ message, increment: 100 / plan.steps.length });
    },
    onUndo: async (undo, { part }) => journal?.begins(undo, part),
    onOver: async (undo) => journal?.over(undo),
    onDone: async (part) => journal?.done(part),
  };
  try {
    const signals = [cancelled.signal, ...(terminal === undefined ? [] : [terminal.signal])];
    await runPlan(plan, means, AbortSignal.any(signals));
  } catch (error) {
    // What could not be taken back because the host is not reached is taken back when it is.
    const isUnreached = (error instanceof PartsFailure || error instanceof PlanFailure) && error.unreached;
    if (isUnreached && journal !== undefined) undoWhenBack(host, journal, deps);
    else await journal?.close();
    throw error;
  } finally {
    own?.end();
    piped?.dispose();
  }
  await journal?.close();
}

/**
 * Many commands, or such as take milliseconds, would only flicker as a task each; and where a volume or a machine is
 * made, it matters whether a command failed by itself, which a task does not tell from a host that went away.
 */
function hasOneTerminal({ steps, quick }: Plan): boolean {
  if (quick !== undefined) return quick;
  const making = ['deleteVolume', 'undefineDomain', 'endPool'];
  return (
    partsOf(steps).size > 0 ||
    steps.some(({ spec, undo }) => spec.args.includes('define') || (undo && making.includes(undo.kind)))
  );
}

/** These programs read the whole host each time, which they can do side by side. */
function usesVirtinst({ steps }: Plan): boolean {
  return steps.some(({ spec }) => spec.file === 'virt-clone' || spec.file === 'virt-install');
}
