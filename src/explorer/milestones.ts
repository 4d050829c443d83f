import * as vscode from 'vscode';
import { config } from '../config';
import { CommandError } from '../host/errors';
import type { Host } from '../host/host';
import { lineageOf } from '../lineage/lineage';
import { templatesOf } from '../lineage/template';
import type { Hosts } from '../hosts';

/** How far a person has come, each for good: the steps of the walkthrough check themselves off by these. */
const milestones: Readonly<Record<string, (host: Host) => boolean>> = {
  'libvirt:found': ({ state: { inventory, error } }) =>
    inventory !== undefined || (error instanceof CommandError && error.kind !== 'notInstalled'),
  'libvirt:reached': ({ state }) => state.inventory !== undefined,
  'libvirt:hasTemplate': ({ state: { inventory } }) =>
    inventory !== undefined && templatesOf(lineageOf(inventory), config.templateNamePattern).length > 0,
  'libvirt:hasClone': ({ state: { inventory } }) =>
    inventory?.domains.some((domain) => lineageOf(inventory).parentOf(domain) !== undefined) === true,
};

/** Sets a context key for each milestone once a host has passed it, and then looks for it no longer. */
export function followMilestones(hosts: Hosts): vscode.Disposable {
  const ahead = new Map(Object.entries(milestones));
  const listener = hosts.onDidChange(() => {
    for (const [key, isPassed] of ahead) {
      if (!hosts.known.some(isPassed)) continue;
      ahead.delete(key);
      void vscode.commands.executeCommand('setContext', key, true);
    }
    if (ahead.size === 0) listener.dispose();
  });
  return listener;
}
