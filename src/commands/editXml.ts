import * as vscode from 'vscode';
import { findDomain } from '../flows/targets';
import { isActive } from '../host/domain';
import type { Host } from '../host/host';
import type { Lineage } from '../lineage/lineage';
import { lineageOf } from '../lineage/lineage';
import { editDefinition } from '../plan/editDefinition';
import { Refusal } from '../plan/plan';
import { toScript } from '../plan/script';
import { readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command, Deps } from './command';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

const shape = { host: 'string', domain: 'string', xml: 'string', preview: 'boolean' } as const;

/**
 * *Edit XML…*: opens the definition of a machine in an editor; to save it is to define it. A script that brings the XML
 * defines it at once.
 */
export const editXml: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Edit XML');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'any');
  const { name, uuid } = subject;
  if (given?.xml === undefined) return { uri: (await deps.definitions.open(host, subject)).toString() };
  if (given.preview === true)
    return { script: toScript(editDefinition({ domain: subject, definition: given.xml }, lineage)) };
  await define(host, uuid, given.xml, deps);
  return { name, uuid };
};

/**
 * Gives a machine another definition.
 * @throws Refusal
 * @throws PlanFailure where libvirt does not take it
 */
export async function define(host: Host, uuid: string, definition: string, deps: Deps): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new Refusal(vscode.l10n.t('In a workspace that is not trusted, nothing can be changed.'));
  const release = deps.hosts.hold();
  try {
    const lineage: Lineage = lineageOf(await host.inventory());
    const domain = findDomain(lineage, uuid);
    await carryOut(editDefinition({ domain, definition }, lineage), host, 'quiet', deps);
    if (isActive(domain)) {
      const when = vscode.l10n.t('What was changed in {0} holds after its next start.', domain.name);
      vscode.window.setStatusBarMessage(when, 10_000);
    }
  } finally {
    release();
  }
}
