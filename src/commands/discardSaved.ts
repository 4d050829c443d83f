import * as vscode from 'vscode';
import { together } from '../plan/power';
import { discardSaved as discardPlan } from '../plan/savedState';
import { isScripted } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { domainsTarget } from './domainTarget';

/** *Discard Saved State*: throws a virtual machine's saved memory away, so that it starts as after a power cut. */
export const discardSaved: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Discard Saved State');
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'saved');
  const plan = together(title, subject, lineage, discardPlan);
  if (!isScripted(argument)) {
    const detail = vscode.l10n.t(
      'Its next start is as after a power cut: what was in its memory and not written yet is lost.',
    );
    const names = subject.map(({ name }) => name).join(', ');
    const question = vscode.l10n.t('Discard the saved state of {0}?', names);
    await confirmLoss(question, detail, vscode.l10n.t('Discard'));
  }
  await carryOut(plan, host, 'quiet', deps);
};
