import * as vscode from 'vscode';
import { config } from '../config';
import type { Host } from '../host/host';
import { lineageOf } from '../lineage/lineage';
import { checkBasesIdle } from '../plan/baseChecks';
import { Refusal } from '../plan/plan';
import { cutOff, Journal, remaining, type Recorded } from '../run/journal';
import { messageOf } from '../run/message';
import { carryOut } from './carryOut';
import type { Deps } from './command';
import { journalsIn, report, takeBack } from './takeBackRun';

/**
 * Looks for runs that were cut off with their window, and offers what can be done about each.
 * @returns when that is decided and done for all of them
 */
export async function offerCutOffRuns(deps: Deps): Promise<void> {
  const runs = await cutOff(journalsIn(deps));
  await Promise.all(runs.map((run) => offer(run, deps)));
}

async function offer(run: Recorded, deps: Deps): Promise<void> {
  const finish = vscode.l10n.t('Finish');
  const undo = vscode.l10n.t('Undo');
  const keep = vscode.l10n.t('Keep');
  const question = vscode.l10n.t(
    '"{0}" on {1} was cut off. Finish it, undo what it has made, or keep that as it is?',
    run.plan.title,
    run.plan.uri,
  );
  const choice = await vscode.window.showWarningMessage(question, finish, undo, keep);
  if (choice === undefined) return;
  try {
    // Found before the run is taken: who cannot do anything about it must not have it.
    const host = choice === keep ? undefined : await hostOf(run, deps);
    const journal = await Journal.take(run);
    if (journal === undefined) return;
    if (host === undefined) await journal.close();
    else if (choice === undo) report(run, await takeBack(run, journal, host, deps));
    else await finishRun(run, journal, host, deps);
  } catch (error) {
    deps.log.error(messageOf(error));
    void vscode.window.showErrorMessage(messageOf(error));
  }
}

/** @throws Refusal where it is not in the settings; the run is offered again when they have changed */
async function hostOf(run: Recorded, deps: Deps): Promise<Host> {
  const host = (await deps.hosts.all()).find(({ uri }) => uri === run.plan.uri);
  if (host !== undefined) return host;
  const again = config.onDidChange(['hosts'], () => {
    again.dispose();
    void offer(run, deps);
  });
  throw new Refusal(
    vscode.l10n.t('The host {0} is not in the settings. Add it to "libvirt.hosts".', run.plan.uri),
  );
}

/** Takes back what is half made, and makes what is missing. */
async function finishRun(run: Recorded, journal: Journal, host: Host, deps: Deps): Promise<void> {
  const plan = remaining(run);
  checkBasesIdle(plan, lineageOf(await host.inventory()));
  const undone = await takeBack(run, journal, host, deps);
  if (undone.left.length > 0) report(run, undone);
  else await carryOut(plan, host, 'shown', deps);
}
