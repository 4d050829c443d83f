import * as vscode from 'vscode';
import { lineageOf } from '../lineage/lineage';
import { checkBasesIdle } from '../plan/baseChecks';
import { Refusal } from '../plan/plan';
import { claim, cutOff, remaining, type Recorded } from '../run/journal';
import { messageOf } from '../run/message';
import { carryOut } from './carryOut';
import type { Deps } from './command';
import { journalsIn, report, takeBack } from './takeBackRun';

/** Looks for runs that were cut off with their window, and offers what can be done about each. */
export async function offerCutOffRuns(deps: Deps): Promise<void> {
  for (const run of await cutOff(journalsIn(deps))) void offer(run, deps);
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
  if (choice === undefined || !(await claim(run))) return;
  if (choice === keep) return;
  try {
    const host = (await deps.hosts.all()).find(({ uri }) => uri === run.plan.uri);
    if (host === undefined)
      throw new Refusal(
        vscode.l10n.t('The host {0} is not in the settings. Add it to "libvirt.hosts".', run.plan.uri),
      );
    const undone = await takeBack(run, host);
    if (choice === undo || undone.left.length > 0) {
      report(run, undone);
      return;
    }
    const plan = remaining(run);
    checkBasesIdle(plan, lineageOf(await host.inventory()));
    await carryOut(plan, host, 'shown', deps);
  } catch (error) {
    deps.log.error(messageOf(error));
    void vscode.window.showErrorMessage(messageOf(error));
  }
}
