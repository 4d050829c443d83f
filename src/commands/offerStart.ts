import * as vscode from 'vscode';
import { isActive, type Domain } from '../host/domain';
import type { Host } from '../host/host';
import type { Deps } from './command';

/** Says that a machine is there, and offers to start it where it does not run yet. */
export async function offerStart(host: Host, domain: Domain, { explorer }: Deps): Promise<void> {
  const message = vscode.l10n.t('The virtual machine {0} has been created.', domain.name);
  const start = vscode.l10n.t('Start');
  const chosen = await vscode.window.showInformationMessage(message, ...(isActive(domain) ? [] : [start]));
  if (chosen !== start) return;
  await vscode.commands.executeCommand('libvirt.start', explorer.domainNode(host, domain.uuid));
}
