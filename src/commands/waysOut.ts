import * as vscode from 'vscode';
import type { Node } from '../explorer/node';
import type { Host } from '../host/host';
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
  const host = deps.hosts.known.find((candidate) => candidate.uri === uri);
  const nodes = host === undefined ? [] : nodesOf(host, dependants, deps);
  const [first] = nodes;
  // What the tree does not show cannot be acted on from it: the commands would ask for something else.
  const chosen = await vscode.window.showWarningMessage(message, ...(first ? [show, ...ways.keys()] : []));
  if (chosen === undefined) return;
  const command = ways.get(chosen);
  if (command !== undefined) await vscode.commands.executeCommand(command, first, nodes);
  else for (const node of nodes) await deps.explorer.reveal(node, true);
}

function nodesOf(host: Host, dependants: InUse['dependants'], { explorer }: Deps): Node[] {
  const nodes = dependants.flatMap(({ volume, domains }) =>
    domains.length === 0
      ? [explorer.volumeNode(host, volume.path)]
      : domains.map(({ uuid }) => explorer.domainNode(host, uuid)),
  );
  return [...new Set(nodes)].filter((node) => node !== undefined);
}
