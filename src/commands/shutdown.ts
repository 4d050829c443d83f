import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import { isActive } from '../host/domain';
import type { Host } from '../host/host';
import { shutdown as shutdownPlan } from '../plan/power';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

// A guest needs some seconds to shut down; the tree follows it for so long, then leaves it to the next refresh.
const looks = 30;
const pauseMs = 2000;

/** *Shut Down*: asks a virtual machine to shut down, and shows its state until it has, or for a minute. */
export const shutdown: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Shut Down');
  const { host, lineage, subject } = await domainTarget(deps, argument, title, 'running');
  await carryOut(shutdownPlan(subject, lineage), host, 'quiet', deps);
  void watch(host, subject.uuid);
};

async function watch(host: Host, uuid: string): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const domain = host.state.inventory?.domains.find((candidate) => candidate.uuid === uuid);
    if (domain === undefined || !isActive(domain)) return;
    await setTimeout(pauseMs);
    await host.refresh();
  }
}
