import * as vscode from 'vscode';
import { config, connectionSettings } from './config';
import { defaultUri } from './host/defaultUri';
import { Host } from './host/host';
import type { Run } from './host/process';

/** The hosts of the settings, made anew when the settings change. */
export class Hosts implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when there are other hosts, and after each reading of one. */
  readonly onDidChange = this.changed.event;
  private current: Promise<readonly Host[]> | undefined;
  private live: readonly Host[] = [];
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

  dispose(): void {
    this.close();
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async open(): Promise<readonly Host[]> {
    const uris = config.hosts.length > 0 ? config.hosts : [await defaultUri(this.run, process.env)];
    this.live = [...new Set(uris)].map((uri) => {
      const host = new Host(uri, this.run);
      host.onDidChange(() => this.changed.fire());
      return host;
    });
    return this.live;
  }

  private reset(): void {
    this.close();
    this.changed.fire();
  }

  private close(): void {
    for (const host of this.live) host.dispose();
    this.live = [];
    this.current = undefined;
  }
}
