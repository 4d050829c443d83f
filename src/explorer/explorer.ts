import * as vscode from 'vscode';
import { config } from '../config';
import { CommandError } from '../host/errors';
import type { Host } from '../host/host';
import { Lineage } from '../lineage/lineage';
import { templatesOf } from '../lineage/template';
import { buildTree } from './buildTree';
import { canAsk } from './canAsk';
import type { Hosts } from '../hosts';
import type { Node } from './node';

/** Why the tree is empty, for the welcome views; `ready` where it is not. */
type Readiness = 'ready' | 'notInstalled' | 'noPermission' | 'notRunning' | 'unreachable' | 'empty';

/** The view *Libvirt* in the sidebar. */
export class Explorer implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<Node>;
  private roots = new Map<Host, Node>();
  /** What was drawn last, to be compared. */
  private sight = '';
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(private readonly hosts: Hosts) {
    this.view = vscode.window.createTreeView('libvirt.explorer', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.subscriptions = [
      this.view,
      this.changed,
      hosts.onDidChange(() => this.redraw()),
      config.onDidChange(['templateNamePattern'], () => this.redraw()),
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
    return [...node.children];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { look } = node;
    const item = new vscode.TreeItem(look.label, collapsibleState(node));
    item.id = node.id;
    item.description = look.description;
    item.iconPath = new vscode.ThemeIcon(
      look.icon,
      look.color === undefined ? undefined : new vscode.ThemeColor(look.color),
    );
    item.contextValue = look.context;
    if (node.kind === 'message' && canAsk(node.host)) {
      const title = vscode.l10n.t('Connect in Terminal');
      item.command = { command: 'libvirt.connectInTerminal', title, arguments: [node] };
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
    return this.reveal(find(this.root(host), (node) => node.kind === 'volume' && node.volume.path === path));
  }

  private async reveal(node: Node | undefined): Promise<void> {
    if (node !== undefined) await this.view.reveal(node, { select: true, focus: false, expand: true });
  }

  private root(host: Host): Node {
    let root = this.roots.get(host);
    if (root === undefined) {
      root = buildTree(host, { namePattern: config.templateNamePattern, locale: vscode.env.language });
      this.roots.set(host, root);
    }
    return root;
  }

  /**
   * Draws the tree anew if anything in it looks different: a redraw takes the items away from under an open menu, whose
   * command would then be called with nothing.
   */
  private redraw(): void {
    const hosts = this.hosts.known;
    const before = this.sight;
    const known = hosts.length === this.roots.size && hosts.every((host) => this.roots.has(host));
    const roots = this.roots;
    this.roots = new Map();
    this.sight = JSON.stringify([readiness(hosts), hosts.map((host) => seen(this.root(host)))]);
    if (known && this.sight === before) {
      this.roots = roots;
      return;
    }
    void vscode.commands.executeCommand('setContext', 'libvirt:readiness', readiness(hosts));
    this.view.message = missingPieces(hosts) ?? '';
    this.changed.fire(undefined);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** What can be seen of a node and all below it. */
function seen(node: Node): unknown {
  return [node.id, node.look, node.children.map(seen)];
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

function collapsibleState({ kind, children, look }: Node): vscode.TreeItemCollapsibleState {
  if (kind !== 'host' && children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return look.open === true
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

/** What a host that can be seen still lacks for a first clone, in one line above the tree. */
function missingPieces(hosts: readonly Host[]): string | undefined {
  const inventories = hosts.flatMap(({ state }) => state.inventory ?? []);
  if (inventories.length === 0 || readiness(hosts) !== 'ready') return undefined;
  if (inventories.every(({ pools }) => pools.length === 0)) {
    return vscode.l10n.t(
      'There is no storage pool yet. Linked clones need one: define it with "virsh pool-define-as".',
    );
  }
  const pattern = config.templateNamePattern;
  if (inventories.some((inventory) => templatesOf(new Lineage(inventory), pattern).length > 0))
    return undefined;
  return vscode.l10n.t(
    'There is no template yet. Switch a machine off and make its images read-only ("chmod a-w") to make it one.',
  );
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
