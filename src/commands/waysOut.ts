import * as vscode from 'vscode';
import type { Node } from '../explorer/node';
import type { InUse } from '../plan/guard';
import type { Deps } from './command';

/** Shows who stands in the way of a command, with what helps: each way out is a command on all of them. */
export async function offerWaysOut({ message, uri, dependants }: InUse, deps: Deps): Promise<void> {
  const show = vscode.l10n.t('Show Them');
  const ways = new Map([
    [vscode.l10n.t('Flatten…'), 'libvirt.flatten'],
    [vscode.l10n.t('Rebase…'), 'libvirt.rebase'],
    [vscode.l10n.t('Delete…'), 'libvirt.delete'],
  ]);
  const chosen = await vscode.window.showWarningMessage(message, show, ...ways.keys());
  if (chosen === undefined) return;
  const host = deps.hosts.known.find((candidate) => candidate.uri === uri);
  if (host === undefined) return;
  const nodes = dependants.flatMap(({ volume, domains }): (Node | undefined)[] =>
    domains.length === 0
      ? [deps.explorer.volumeNode(host, volume.path)]
      : domains.map(({ uuid }) => deps.explorer.domainNode(host, uuid)),
  );
  const found = [...new Set(nodes)].filter((node) => node !== undefined);
  const command = ways.get(chosen);
  if (command !== undefined) await vscode.commands.executeCommand(command, found[0], found);
  else for (const node of found) await deps.explorer.view.reveal(node, { select: true, focus: true });
}
