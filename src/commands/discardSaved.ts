import * as vscode from 'vscode';
import { discardSaved as discardPlan } from '../plan/savedState';
import { isScripted } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { domainTarget } from './domainTarget';

/** *Discard Saved State*: throws a virtual machine's saved memory away, so that it starts as after a power cut. */
export const discardSaved: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Discard Saved State');
  const { host, lineage, subject } = await domainTarget(deps, argument, title, 'saved');
  const plan = discardPlan(subject, lineage);
  if (!isScripted(argument)) {
    const detail = vscode.l10n.t(
      'Its next start is as after a power cut: what was in its memory and not written yet is lost.',
    );
    const question = vscode.l10n.t('Discard the saved state of {0}?', subject.name);
    await confirmLoss(question, detail, vscode.l10n.t('Discard'));
  }
  await carryOut(plan, host, 'quiet', deps);
};
