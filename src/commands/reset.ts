import * as vscode from 'vscode';
import { reset as resetPlan } from '../plan/power';
import { isScripted } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { domainTarget } from './domainTarget';

/** *Reset*: restarts a virtual machine without asking its guest. */
export const reset: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Reset');
  const { host, lineage, subject } = await domainTarget(deps, argument, title, 'running');
  const plan = resetPlan(subject, lineage);
  if (!isScripted(argument)) {
    const detail = vscode.l10n.t(
      'It is as if its reset button were pressed: what its guest has not written yet is lost.',
    );
    await confirmLoss(vscode.l10n.t('Reset {0}?', subject.name), detail, title);
  }
  await carryOut(plan, host, 'quiet', deps);
};
