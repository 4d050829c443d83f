import * as vscode from 'vscode';
import { config, programSettings } from './config';
import { defaultUri } from './host/defaultUri';
import { Host } from './host/host';
import type { Run } from './host/process';
import { isSsh, unattendedUri } from './host/uri';
import { VirshConnection } from './host/virshConnection';
import { Watch } from './host/watch';
import { lineageOf } from './lineage/lineage';

/** How commands on some hosts are run: in this environment. */
export interface Reach {
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
}

interface Watched {
  readonly host: Host;
  readonly watch: Watch;
}

/** The hosts of the settings. A host that stays in them stays as it is, with all that is known of it. */
export class Hosts implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when there are other hosts, and after each reading of one. */
  readonly onDidChange = this.changed.event;
  private current: Promise<readonly Host[]> | undefined;
  private live: readonly Watched[] = [];
  private visible = false;
  private readonly viewers = new Map<object, Host>();
  private holders = 0;
  /** Hosts that are shown no longer, and that a command may still use. */
  private readonly leaving: Watched[] = [];
  private standard: Promise<string> | undefined;
  private readonly subscriptions = [
    config.onDidChange(['hosts'], () => this.update()),
    config.onDidChange(programSettings, () => this.reset()),
  ];

  /**
   * @param own how commands are run on this machine, and on hosts that libvirt reaches by itself
   * @param overSsh how commands are run on hosts behind ssh
   */
  constructor(
    private readonly own: Reach,
    private readonly overSsh: () => Reach,
  ) {}

  /** Runs commands on this machine. */
  get run(): Run {
    return this.own.run;
  }

  /** The hosts; the first call finds out which. None of them is waited for. */
  all(): Promise<readonly Host[]> {
    this.current ??= this.open();
    return this.current;
  }

  /** The hosts as far as they are known by now. */
  get known(): readonly Host[] {
    return this.live.map(({ host }) => host);
  }

  /** Tells whether the view that shows all hosts is looked at: only then are they kept up to date. */
  look(visible: boolean): void {
    this.visible = visible;
    this.tellWatches();
  }

  /** Tells which host a viewer besides that view shows, and keeps up to date; undefined for none any more. */
  lookAt(host: Host | undefined, viewer: object): void {
    if (host === undefined) this.viewers.delete(viewer);
    else this.viewers.set(viewer, host);
    this.tellWatches();
  }

  private tellWatches(): void {
    const shown = new Set(this.viewers.values());
    for (const { host, watch } of this.live) watch.look(this.visible || shown.has(host));
  }

  /**
   * Keeps hosts in use alive while a command runs, even if the settings name them no longer.
   * @returns to be called when the command is over
   */
  hold(): () => void {
    this.holders++;
    return () => {
      this.holders--;
      if (this.holders === 0) for (const { host } of this.leaving.splice(0)) host.dispose();
    };
  }

  dispose(): void {
    this.holders = 0;
    for (const { host } of this.leaving.splice(0)) host.dispose();
    this.close();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private async open(): Promise<readonly Host[]> {
    const standard = config.hosts.length > 0 ? [] : [await this.defaultUri()];
    // Read again: looking for the default takes a moment, in which the settings may change.
    const uris = config.hosts.length > 0 ? config.hosts : standard;
    const old = new Map(this.live.map((watched) => [watched.host.uri, watched]));
    this.live = [...new Set(uris)].map((uri) => old.get(uri) ?? this.make(uri));
    for (const watched of old.values()) if (!this.live.includes(watched)) this.end(watched);
    return this.known;
  }

  private defaultUri(): Promise<string> {
    this.standard ??= defaultUri(this.run, process.env);
    return this.standard;
  }

  private make(uri: string): Watched {
    const { run, env } = isSsh(uri) ? this.overSsh() : this.own;
    const program = () => ({ file: config.programPaths.virsh, uri: unattendedUri(uri), env });
    const host = new Host(uri, run, new VirshConnection(program));
    host.onDidChange(() => this.changed.fire());
    const watch = new Watch(host, {
      program,
      intervalMs: () => config.refreshIntervalMs,
      alwaysFollowed: (name) => isBase(host, name),
    });
    watch.look(this.visible);
    return { host, watch };
  }

  private update(): void {
    this.current = this.open();
    void this.current.then(
      () => this.changed.fire(),
      () => undefined, // told to whoever asks for the hosts
    );
  }

  private reset(): void {
    this.close();
    this.standard = undefined;
    this.update();
  }

  private close(): void {
    for (const watched of this.live) this.end(watched);
    this.live = [];
  }

  private end(watched: Watched): void {
    watched.watch.dispose();
    if (this.holders === 0) watched.host.dispose();
    else this.leaving.push(watched);
  }
}

/** Whether a machine has disks on which others stand, as far as is known. */
function isBase({ state: { inventory } }: Host, name: string): boolean {
  if (inventory === undefined) return false;
  const lineage = lineageOf(inventory);
  return inventory.domains.some(
    (domain) => domain.name === name && lineage.dependantsOfDomain(domain).length > 0,
  );
}
