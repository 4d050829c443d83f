import * as vscode from 'vscode';
import { config } from '../config';
import { CommandError } from '../host/errors';
import type { Host, HostState } from '../host/host';
import { buildTree } from './buildTree';
import { canAsk } from './canAsk';
import type { Hosts } from '../hosts';
import { missingPieces } from './missingPieces';
import type { Node } from './node';
import { reconcile } from './reconcile';
import { isEverything, isShown, shownChildren, type Sieve } from './sieve';
import { Sifting } from './sifting';
import { remedyOf } from './remedy';

/** Why the tree is empty, for the welcome views; `ready` where it is not. */
type Readiness = 'ready' | 'notInstalled' | 'noPermission' | 'notRunning' | 'unreachable' | 'empty';

/** A host's node, and the state of the host that it shows; undefined where it has to be drawn anew. */
interface Drawn {
  readonly root: Node;
  state: HostState | undefined;
}

/** The view *Libvirt* in the sidebar. */
export class Explorer implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<Node>;
  readonly sifting: Sifting;
  private readonly roots = new Map<Host, Drawn>();
  /** What the roots look like that VS Code was told of last. */
  private told = '';
  private shown: ReadonlySet<Node> = new Set();
  /** Nodes that look different from what VS Code shows. */
  private stale: Node[] = [];
  /** Groups and pools that somebody has opened, by their ids. */
  private readonly opened = new Map<string, Node>();
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(
    private readonly hosts: Hosts,
    memory: vscode.Memento,
  ) {
    this.sifting = new Sifting(memory);
    this.view = vscode.window.createTreeView('libvirt.explorer', {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.subscriptions = [
      this.view,
      this.sifting,
      this.sifting.onDidChange(() => this.showSifted()),
      this.changed,
      hosts.onDidChange(() => this.redraw()),
      config.onDidChange(['templateNamePattern'], () => {
        for (const drawn of this.roots.values()) drawn.state = undefined;
        this.redraw();
      }),
      this.view.onDidExpandElement(({ element }) => this.toggle(element, true)),
      this.view.onDidCollapseElement(({ element }) => this.toggle(element, false)),
      this.view.onDidChangeVisibility(({ visible }) => this.hosts.look(visible)),
    ];
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) {
      const hosts = await this.hosts.all();
      return readiness(hosts) === 'ready' ? hosts.map((host) => this.root(host)) : [];
    }
    // Not waited for: VS Code would show nothing of the others until the slowest host has answered.
    if (node.kind === 'host') node.host.open();
    return [...shownChildren(node, this.sifting.sieve)];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { look } = node;
    const { sieve } = this.sifting;
    const item = new vscode.TreeItem(look.label, collapsibleState(node, sieve));
    // VS Code keeps open and closed by the id: what leads to what is looked for is open, and only while it is.
    item.id = sieve.text === '' ? node.id : `${node.id}?${sieve.text}`;
    item.description = look.description;
    item.iconPath = new vscode.ThemeIcon(
      look.icon,
      look.color === undefined ? undefined : new vscode.ThemeColor(look.color),
    );
    item.contextValue = look.context;
    const { error } = node.host.state;
    const remedy = node.kind === 'message' && error !== undefined ? remedyOf(error, node) : undefined;
    if (remedy !== undefined) item.command = remedy;
    if (node.kind === 'problem') {
      const title = vscode.l10n.t('Show Backing Chain');
      item.command = { command: 'libvirt.showBackingChain', title, arguments: [node] };
    }
    item.accessibilityInformation = { label: look.spoken };
    // Names are the users' and may look like Markdown: a plain string shows them as they are.
    item.tooltip = look.tooltip.join('\n');
    return item;
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  /** The node of a domain: below its template where it is a linked clone, else in its group. */
  domainNode(host: Host, uuid: string): Node | undefined {
    return find(this.root(host), (node) => node.kind === 'domain' && node.domain.uuid === uuid);
  }

  /** The node of a volume in its pool, or wherever it is shown. */
  volumeNode(host: Host, path: string): Node | undefined {
    return find(this.root(host), (node) => node.kind === 'volume' && node.volume.path === path);
  }

  /** The node of a network. */
  networkNode(host: Host, name: string): Node | undefined {
    const groups = this.root(host).children;
    return groups
      .flatMap(({ children }) => children)
      .find((node) => node.kind === 'network' && node.network.name === name);
  }

  /** Selects a host's node. */
  revealHost(host: Host): Promise<void> {
    return this.reveal(this.root(host));
  }

  /** Selects a domain's node. */
  revealDomain(host: Host, uuid: string): Promise<void> {
    return this.reveal(this.domainNode(host, uuid));
  }

  /** Selects a volume's node. */
  revealVolume(host: Host, path: string): Promise<void> {
    return this.reveal(this.volumeNode(host, path));
  }

  /** A host reads first what is in pools that are open, in a group that is open too. */
  private toggle(node: Node, open: boolean): void {
    const { opened } = this;
    if (open) opened.set(node.id, node);
    else opened.delete(node.id);
    const pools = [...opened.values()].flatMap((each) =>
      each.kind === 'pool' && each.host === node.host && opened.has(each.parent?.id ?? '')
        ? [each.pool.uuid]
        : [],
    );
    node.host.show(new Set(pools));
  }

  /** Selects a node; what keeps it from being seen is lifted. */
  async reveal(node: Node | undefined, focus = false): Promise<void> {
    if (node === undefined) return;
    const { sifting } = this;
    if (!isShown(node, sifting.sieve)) await sifting.choose({ text: '', hideOff: false });
    await this.view.reveal(node, { select: true, focus, expand: true });
  }

  /** The node of a host as it is now. */
  private root(host: Host): Node {
    const drawn = this.roots.get(host);
    const { state } = host;
    if (drawn?.state === state) return drawn.root;
    const root = buildTree(host, { namePattern: config.templateNamePattern, locale: vscode.env.language });
    if (drawn === undefined) {
      this.roots.set(host, { root, state });
      return root;
    }
    this.stale.push(...reconcile(drawn.root, root));
    drawn.state = state;
    return drawn.root;
  }

  /**
   * Tells VS Code of what looks different, and only of that: to show something anew takes the items away from under an
   * open menu, whose command would then be called with nothing.
   */
  private redraw(): void {
    const hosts = this.hosts.known;
    for (const host of this.roots.keys()) if (!hosts.includes(host)) this.roots.delete(host);
    for (const [id, { host }] of this.opened) if (!hosts.includes(host)) this.opened.delete(id);
    const roots = hosts.map((host) => this.root(host));
    const ready = readiness(hosts);
    const told = JSON.stringify([ready, roots.map(({ id }) => id)]);
    const inventories = ready === 'ready' ? hosts.flatMap(({ state }) => state.inventory ?? []) : [];
    const message = [
      ready === 'ready' ? this.sifting.words : undefined,
      ready === 'ready'
        ? (this.nothingFound(roots) ?? missingPieces(inventories, config.templateNamePattern))
        : this.whichHost(ready, hosts),
    ]
      .filter(Boolean)
      .join('\n');
    if (this.view.message !== message) this.view.message = message;
    const stale = this.stale.splice(0);
    if (told !== this.told || !roots.every((root) => this.shown.has(root))) {
      this.told = told;
      this.shown = new Set(roots);
      void vscode.commands.executeCommand('setContext', 'libvirt:readiness', ready);
      this.changed.fire(undefined);
    } else if (stale.length > 0) this.changed.fire(isEverything(this.sifting.sieve) ? stale : roots);
  }

  private showSifted(): void {
    this.changed.fire(undefined);
    this.redraw();
  }

  /** Welcome views cannot name the host that they are about. */
  private whichHost(ready: Readiness, hosts: readonly Host[]): string | undefined {
    return ready === 'notInstalled' || hosts.length !== 1 ? undefined : hosts[0]?.uri;
  }

  private nothingFound(roots: readonly Node[]): string | undefined {
    const { sieve } = this.sifting;
    const isFound = roots.some((root) => shownChildren(root, sieve).length > 0);
    if (sieve.text === '' || roots.length === 0 || isFound) return undefined;
    return vscode.l10n.t('Nothing has "{0}" in its name.', sieve.text);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** The first node below this one, or itself, that is meant. */
function find(node: Node, isMeant: (node: Node) => boolean): Node | undefined {
  if (isMeant(node)) return node;
  for (const child of node.children) {
    const found = find(child, isMeant);
    if (found !== undefined) return found;
  }
  return undefined;
}

function collapsibleState(node: Node, sieve: Sieve): vscode.TreeItemCollapsibleState {
  const { kind, look } = node;
  if (!isEverything(sieve) && kind !== 'host' && shownChildren(node, sieve).length === 0)
    return vscode.TreeItemCollapsibleState.None;
  if (sieve.text !== '') return vscode.TreeItemCollapsibleState.Expanded;
  // The volumes of a pool are not drawn to be counted.
  const empty = kind === 'pool' ? node.pool.volumes.length === 0 : node.children.length === 0;
  if (kind !== 'host' && empty) return vscode.TreeItemCollapsibleState.None;
  return look.open === true
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

/** Welcome views stand where the tree would be: only where no host has anything to show. */
function readiness(hosts: readonly Host[]): Readiness {
  if (hosts.some(({ state }) => state.inventory === undefined && state.error === undefined)) return 'ready';
  const inventories = hosts.flatMap(({ state }) => state.inventory ?? []);
  if (inventories.length > 0) {
    const empty = inventories.every(({ pools, domains }) => pools.length === 0 && domains.length === 0);
    return empty && hosts.every(({ state }) => state.error === undefined) ? 'empty' : 'ready';
  }
  if (hosts.length > 1) return 'ready';
  // Its node offers the way on.
  if (hosts[0] !== undefined && canAsk(hosts[0])) return 'ready';
  const error = hosts[0]?.state.error;
  const kind = error instanceof CommandError ? error.kind : 'other';
  return kind === 'notInstalled' || kind === 'noPermission' || kind === 'notRunning' ? kind : 'unreachable';
}
