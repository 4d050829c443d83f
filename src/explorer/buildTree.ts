import * as l10n from '@vscode/l10n';
import type { Domain } from '../host/domain';
import type { Host } from '../host/host';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import { Lineage } from '../lineage/lineage';
import { templateReason, type TemplateReason } from '../lineage/template';
import { domainLook, groupLook, hostLook, messageLook, poolLook, volumeLook, waitingLook } from './looks';
import type { Look, Node } from './node';

/** What the tree is drawn with. */
export interface Drawing {
  readonly namePattern: RegExp | undefined;
  readonly locale: string;
}

/** The tree of one host: what is wrong or being waited for, above the last good data in its three groups. */
export function buildTree(host: Host, drawing: Drawing): Node {
  const { state } = host;
  const id = `host/${host.uri}`;
  const root: Node = { kind: 'host', id, host, parent: undefined, look: hostLook(host, state), children: [] };
  const message = (name: string, look: Look): Node => ({
    kind: 'message',
    id: `${id}/${name}`,
    host,
    parent: root,
    look,
    children: [],
  });
  const news =
    state.error !== undefined
      ? [message('error', messageLook(state.error))]
      : state.inventory === undefined
        ? [message('waiting', waitingLook())]
        : [];
  const groups =
    state.inventory === undefined
      ? []
      : new Builder(host, new Lineage(state.inventory), drawing).groups(root);
  root.children = [...news, ...groups];
  return root;
}

class Builder {
  private readonly reasons: ReadonlyMap<string, TemplateReason | undefined>;

  constructor(
    private readonly host: Host,
    private readonly lineage: Lineage,
    private readonly drawing: Drawing,
  ) {
    const { domains } = lineage.inventory;
    this.reasons = new Map(domains.map(({ uuid }, index) => [uuid, this.reasonOf(domains[index])]));
  }

  groups(root: Node): Node[] {
    const { domains, pools } = this.lineage.inventory;
    const templates = domains.filter((domain) => this.isTemplate(domain));
    // A template that is itself a clone lies below the one it was cloned from.
    const top = templates.filter((domain) => !this.liesBelowTemplate(domain));
    const machines = domains.filter((domain) => !this.isTemplate(domain));
    return [
      this.group(
        root,
        'templates',
        groupLook(l10n.t('Templates'), 'layers', templates.length, true),
        (group) => byName(top).map((domain) => this.template(domain, group, new Set())),
      ),
      this.group(
        root,
        'machines',
        groupLook(l10n.t('Virtual Machines'), 'vm', machines.length, true),
        (group) => byName(machines).map((domain) => this.domain(domain, group)),
      ),
      this.group(
        root,
        'pools',
        groupLook(l10n.t('Storage Pools'), 'database', pools.length, false),
        (group) => byName(pools).map((pool) => this.pool(pool, group)),
      ),
    ];
  }

  private reasonOf(domain: Domain | undefined): TemplateReason | undefined {
    return domain === undefined ? undefined : templateReason(domain, this.lineage, this.drawing.namePattern);
  }

  private isTemplate(domain: Domain): boolean {
    return this.reasons.get(domain.uuid) !== undefined;
  }

  private liesBelowTemplate(domain: Domain): boolean {
    const parent = this.lineage.parentOf(domain);
    return (
      parent !== undefined && this.isTemplate(parent) && this.lineage.parentOf(parent)?.uuid !== domain.uuid
    );
  }

  private group(parent: Node, name: string, look: Look, children: (group: Node) => Node[]): Node {
    const id = `${parent.id}/${name}`;
    return withChildren({ kind: 'group', id, look, host: this.host, parent, children: [] }, children);
  }

  private domain(domain: Domain, parent: Node): Node {
    const look = domainLook(domain, this.lineage, this.reasons.get(domain.uuid), this.drawing.locale);
    const id = `${parent.id}/domain/${domain.uuid}`;
    return { kind: 'domain', id, look, host: this.host, parent, domain, children: [] };
  }

  /** A template with its clones below it, and theirs below them. */
  private template(domain: Domain, parent: Node, above: ReadonlySet<string>): Node {
    const seen = new Set([...above, domain.uuid]);
    const clones = this.lineage.clonesOf(domain).filter((clone) => !seen.has(clone.uuid));
    return withChildren(this.domain(domain, parent), (node) =>
      byName(clones).map((clone) => this.template(clone, node, seen)),
    );
  }

  private pool(pool: Pool, parent: Node): Node {
    const { host } = this;
    const id = `${parent.id}/pool/${pool.uuid}`;
    const look = poolLook(pool, this.drawing.locale);
    const paths = new Set(pool.volumes.map((volume) => volume.path));
    const children = new Map<string, Volume[]>([...paths].map((path) => [path, []]));
    for (const volume of pool.volumes) children.get(volume.backing?.path ?? '')?.push(volume);
    return withChildren({ kind: 'pool', id, look, host, parent, pool, children: [] }, (node) => {
      const shown = new Set<string>();
      const draw = (volumes: readonly Volume[], above: Node): Node[] =>
        byName(volumes.filter(({ path }) => !shown.has(path))).map((volume) => {
          shown.add(volume.path);
          const child = this.volume(volume, pool, node.id, above);
          return withChildren(child, () => draw(children.get(volume.path) ?? [], child));
        });
      const roots = pool.volumes.filter(({ backing }) => backing === undefined || !paths.has(backing.path));
      // What is left then backs itself in a loop, and is shown from any of its ends.
      return [...draw(roots, node), ...draw(pool.volumes, node)];
    });
  }

  private volume(volume: Volume, pool: Pool, poolId: string, parent: Node): Node {
    const look = volumeLook(volume, this.lineage, this.drawing.locale);
    const id = `${poolId}/volume/${volume.key}`;
    return { kind: 'volume', id, look, host: this.host, parent, pool, volume, children: [] };
  }
}

function withChildren<T extends Node>(node: T, children: (node: T) => Node[]): T {
  node.children = children(node);
  return node;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
