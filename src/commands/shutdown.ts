import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import { isActive } from '../host/domain';
import type { Host } from '../host/host';
import { shutdown as shutdownPlan, together } from '../plan/power';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainsTarget } from './domainTarget';

// A guest needs some seconds to shut down; the tree follows it for so long, then leaves it to the next refresh.
const looks = 30;
const pauseMs = 2000;

/** *Shut Down*: asks a virtual machine to shut down, and shows its state until it has, or for a minute. */
export const shutdown: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Shut Down');
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'running');
  await carryOut(together(title, subject, lineage, shutdownPlan), host, 'quiet', deps);
  void watch(host, new Set(subject.map(({ uuid }) => uuid)));
};

async function watch(host: Host, uuids: ReadonlySet<string>): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const domains = host.state.inventory?.domains ?? [];
    if (!domains.some((domain) => uuids.has(domain.uuid) && isActive(domain))) return;
    await setTimeout(pauseMs);
    await host.refresh();
  }
}
