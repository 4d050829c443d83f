import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';
import { forceOff as forceOffPlan, together } from '../plan/power';
import { isScripted } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainsTarget } from './domainTarget';

/** *Force Off*: switches a virtual machine off without asking its guest. */
export const forceOff: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Force Off');
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'running');
  const plan = together(title, subject, lineage, forceOffPlan);
  if (!isScripted(argument)) await confirmForceOff(subject.map(({ name }) => name).join(', '));
  await carryOut(plan, host, 'quiet', deps);
};

async function confirmForceOff(name: string): Promise<void> {
  const verb = vscode.l10n.t('Force Off');
  const detail = vscode.l10n.t(
    'It is as if its plug were pulled: what its guest has not written yet is lost.',
  );
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Force off {0}?', name),
    { modal: true, detail },
    verb,
  );
  if (chosen !== verb) throw new Cancelled();
}
