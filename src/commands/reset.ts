import * as vscode from 'vscode';
import { reset as resetPlan, together } from '../plan/power';
import { isScripted } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { domainsTarget } from './domainTarget';

/** *Reset*: restarts a virtual machine without asking its guest. */
export const reset: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Reset');
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'resettable');
  const plan = together(title, subject, lineage, resetPlan);
  if (!isScripted(argument)) {
    const detail = vscode.l10n.t(
      'It is as if its reset button were pressed: what its guest has not written yet is lost.',
    );
    await confirmLoss(vscode.l10n.t('Reset {0}?', subject.map(({ name }) => name).join(', ')), detail, title);
  }
  await carryOut(plan, host, 'quiet', deps);
};
