import * as vscode from 'vscode';
import { findDomain } from '../flows/targets';
import { isActive, type Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { ownOverlays, resetToTemplate as resetPlan } from '../plan/resetToTemplate';
import { toScript } from '../plan/script';
import { sizeText } from '../words/size';
import { isScripted, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

const shape = { host: 'string', domain: 'string', preview: 'boolean' } as const;

/** *Reset to Template…*: throws a clone's own changes away, and starts it again if it ran. */
export const resetToTemplate: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Reset to Template');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'resettableClone');
  const me = process.getuid?.();
  const planOn = (now: Lineage) => resetPlan({ domain: findDomain(now, subject.uuid), me }, now);
  const draft = planOn(lineage);
  if (given?.preview === true) return { script: toScript(draft) };
  if (!isScripted(argument)) await confirm(subject, lineage, draft.notes);
  await carryOut(await stillTrue(draft, host, planOn), host, 'shown', deps);
  return { domain: subject.uuid, reset: ownOverlays(subject, lineage).map(({ path }) => path) };
};

function confirm(domain: Domain, lineage: Lineage, notes: readonly string[]): Promise<void> {
  const { name, baggage } = domain;
  const lost = ownOverlays(domain, lineage).map(
    ({ path, allocation }) => `  ${path} (${sizeText(allocation, vscode.env.language)})`,
  );
  const lines = [
    vscode.l10n.t('All that it has written since it was made is lost:'),
    ...lost,
    ...(baggage?.managedSave === true ? [vscode.l10n.t('Its saved memory is lost too.')] : []),
    ...(isActive(domain) ? [vscode.l10n.t('It is forced off, and started again.')] : []),
    ...notes,
  ];
  const question = vscode.l10n.t('Reset {0} to its template?', name);
  return confirmLoss(question, lines.join('\n'), vscode.l10n.t('Reset'));
}
