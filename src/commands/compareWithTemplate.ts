import * as vscode from 'vscode';
import { comparable } from '../documents/comparable';
import { virsh } from '../host/commandLine';
import type { Domain } from '../host/domain';
import type { Host } from '../host/host';
import { Refusal } from '../plan/plan';
import type { Command } from './command';
import { domainTarget } from './domainTarget';
import { onReplaced } from '../documents/onReplaced';

/**
 * *Compare with Template*: the definitions of a linked clone and of the machine it stands on, side by side, without what
 * must differ. Both are what will be in force after the next start. Returns both texts.
 */
export const compareWithTemplate: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Compare with Template');
  const { host, lineage, subject: clone } = await domainTarget(deps, argument, title, 'clone');
  const template = lineage.parentOf(clone);
  if (template === undefined)
    throw new Refusal(vscode.l10n.t('{0} is no linked clone of a virtual machine.', clone.name));
  const sides = await Promise.all([template, clone].map((domain) => side(host, domain)));
  const [left, right] = sides;
  if (left !== undefined && right !== undefined)
    await deps.documents.compare(`${template.name} ↔ ${clone.name}`, left, right);
  return { template: left?.text, clone: right?.text };
};

async function side(host: Host, { uuid, name }: Domain) {
  const spec = virsh(host.uri, 'dumpxml', '--inactive', '--domain', uuid);
  const read = async () => comparable((await host.run(spec)).stdout);
  const onDidChange = (listener: () => void) => onReplaced(host, (lineage) => lineage.domain(uuid), listener);
  return {
    title: vscode.l10n.t('{0} without what must differ', name),
    text: await read(),
    live: { read, onDidChange },
  };
}
