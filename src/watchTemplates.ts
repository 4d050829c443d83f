import * as vscode from 'vscode';
import type { Host } from './host/host';
import type { Hosts } from './hosts';
import { lineageOf, namesOf } from './lineage/lineage';
import { messageOf } from './run/message';
import { startedBases, type StartedBase } from './lineage/startedBases';

/** Says at once when somebody has started a machine on whose disks others stand, and offers to switch it off. */
export class TemplateWatch implements vscode.Disposable {
  /** What was said already, as long as it runs. */
  private told: ReadonlySet<string> = new Set();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly hosts: Hosts) {
    this.subscription = hosts.onDidChange(() => this.look());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private look(): void {
    const running = new Set<string>();
    for (const host of this.hosts.known) {
      const { inventory } = host.state;
      if (inventory === undefined) continue;
      for (const base of startedBases(lineageOf(inventory))) {
        const key = `${host.uri} ${base.domain.uuid}`;
        running.add(key);
        if (!this.told.has(key)) void tell(host, base);
      }
    }
    this.told = running;
  }
}

async function tell({ uri }: Host, { domain, dependants }: StartedBase): Promise<void> {
  const message = vscode.l10n.t(
    '{0} has been started, but it is the base of {1}: what it writes damages them.',
    domain.name,
    namesOf(dependants),
  );
  const forceOff = vscode.l10n.t('Force Off');
  const chosen = await vscode.window.showWarningMessage(message, forceOff);
  if (chosen !== forceOff) return;
  await vscode.commands.executeCommand('libvirt.forceOff', { host: uri, domain: domain.uuid }).then(
    () => undefined,
    (error: unknown) => vscode.window.showErrorMessage(messageOf(error)),
  );
}
