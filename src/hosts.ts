import * as vscode from 'vscode';
import { config, connectionSettings } from './config';
import { defaultUri } from './host/defaultUri';
import { batchConnection } from './host/connection';
import { Host } from './host/host';
import type { Run } from './host/process';
import { Watch } from './host/watch';

/** The hosts of the settings, made anew when the settings change. */
export class Hosts implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when there are other hosts, and after each reading of one. */
  readonly onDidChange = this.changed.event;
  private current: Promise<readonly Host[]> | undefined;
  private live: readonly Host[] = [];
  private watches: Watch[] = [];
  private visible = false;
  private readonly subscription = config.onDidChange(connectionSettings, () => this.reset());

  constructor(readonly run: Run) {}

  /** The hosts; the first call finds out which. */
  all(): Promise<readonly Host[]> {
    this.current ??= this.open();
    return this.current;
  }

  /** The hosts as far as they are known by now. */
  get known(): readonly Host[] {
    return this.live;
  }

  /** Tells whether somebody looks at the hosts: only then are they kept up to date. */
  look(visible: boolean): void {
    this.visible = visible;
    for (const watch of this.watches) watch.look(visible);
  }

  dispose(): void {
    this.close();
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async open(): Promise<readonly Host[]> {
    const uris = config.hosts.length > 0 ? config.hosts : [await defaultUri(this.run, process.env)];
    this.live = [...new Set(uris)].map((uri) => {
      const host = new Host(uri, this.run, batchConnection(this.run, uri));
      host.onDidChange(() => this.changed.fire());
      const watch = new Watch(host, {
        program: () => ({ file: config.programPaths.virsh, uri, env: process.env }),
        intervalMs: () => config.refreshIntervalMs,
      });
      watch.look(this.visible);
      this.watches.push(watch);
      return host;
    });
    return this.live;
  }

  private reset(): void {
    this.close();
    this.changed.fire();
  }

  private close(): void {
    for (const watch of this.watches) watch.dispose();
    for (const host of this.live) host.dispose();
    this.watches = [];
    this.live = [];
    this.current = undefined;
  }
}
