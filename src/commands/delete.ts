import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';
import { findDomain } from '../flows/targets';
import type { Lineage } from '../lineage/lineage';
import { sizeText } from '../words/size';
import { remove, type Removal } from '../plan/remove';
import { isScripted } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** *Delete…*: deletes a virtual machine with the overlays that are its alone, after a question that lists them. */
export const deleteDomain: Command = async (deps, argument) => {
  const { host, lineage, subject } = await domainTarget(deps, argument, vscode.l10n.t('Delete'), 'off');
  const draft = (now: Lineage) => remove(findDomain(now, subject.uuid), now);
  const removal = draft(lineage);
  if (!isScripted(argument)) await confirm(subject.name, removal);
  const plan = await stillTrue(removal.plan, host, (now) => draft(now).plan);
  await carryOut(plan, host, 'quiet', deps);
  return { deleted: removal.deleted.map(({ path }) => path), kept: removal.kept };
};

async function confirm(name: string, { deleted, kept }: Removal): Promise<void> {
  const detail = [
    ...(deleted.length === 0
      ? [vscode.l10n.t('No image is deleted.')]
      : [vscode.l10n.t('Its overlays are deleted:')]),
    ...deleted.map(({ path, allocation }) => `  ${path} (${sizeText(allocation, vscode.env.language)})`),
    ...(kept.length === 0 ? [] : [vscode.l10n.t('These images stay:')]),
    ...kept.map((path) => `  ${path}`),
  ].join('\n');
  const verb = vscode.l10n.t('Delete');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete {0}?', name),
    { modal: true, detail },
    verb,
  );
  if (chosen !== verb) throw new Cancelled();
}
