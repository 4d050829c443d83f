import * as vscode from 'vscode';
import { config } from '../config';
import { exists } from '../host/files';
import type { Host } from '../host/host';
import { Lineage } from '../lineage/lineage';
import { commandText, toScript } from '../plan/script';
import { Refusal, type Plan } from '../plan/plan';
import { touchedBy } from '../plan/touched';
import { runPlan } from '../run/runPlan';
import { terminalExecute, type Visibility } from '../run/terminal';
import type { Deps } from './command';

/**
 * The plan that a person has agreed to, made once more of the host as it is now: while a question was open, others may
 * have started a template, cloned a machine or taken a name.
 * @throws Refusal where it is now refused, or would do something else than what was shown
 */
export async function stillTrue<P extends Plan>(
  agreed: P,
  host: Host,
  draft: (lineage: Lineage) => P,
): Promise<P> {
  const plan = draft(new Lineage(await host.inventory()));
  if (toScript(plan) === toScript(agreed)) return plan;
  throw new Refusal(
    vscode.l10n.t(
      'The host has changed meanwhile, and the commands would be others now. Look again, then repeat it.',
    ),
  );
}

/**
 * Carries a plan out in the terminal, with progress that can be cancelled, and reads the host anew afterwards, however
 * it ended.
 * @throws PlanFailure
 */
export async function carryOut(
  plan: Plan,
  host: Host,
  visibility: Visibility,
  { log, ssh }: Deps,
): Promise<void> {
  const location =
    visibility === 'shown' ? vscode.ProgressLocation.Notification : { viewId: 'libvirt.explorer' };
  const options = { location, title: plan.title, cancellable: visibility === 'shown' };
  try {
    await vscode.window.withProgress(options, async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      const means = {
        uri: host.uri,
        run: host.run,
        local: host.local,
        exists,
        execute: terminalExecute(() => config.programPaths, visibility, host.overSsh ? ssh.variables : {}),
        onStep: ({ title, spec }: Plan['steps'][number]) => {
          log.info(commandText(spec));
          progress.report({ message: title, increment: 100 / plan.steps.length });
        },
      };
      await runPlan(plan, means, controller.signal);
    });
  } finally {
    await host.reread(touchedBy(plan));
  }
}
