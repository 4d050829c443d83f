import * as l10n from '@vscode/l10n';
import type { Domain, Snapshot } from '../host/domain';
import type { Host } from '../host/host';
import type { Network } from '../host/network';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import { Health, type Finding } from '../lineage/health';
import { lineageOf, type Lineage } from '../lineage/lineage';
import { templateReason, type TemplateReason } from '../lineage/template';
import {
  domainLook,
  groupLook,
  hostLook,
  messageLook,
  networkLook,
  poolLook,
  problemLook,
  problemsLook,
  volumeLook,
  waitingLook,
} from './looks';
import { lazily } from './lazyChildren';
import { LazyLook } from './lazyLook';
import type { Look, Node } from './node';
import { snapshotLook } from './snapshotLook';

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
    state.inventory === undefined ? [] : new Builder(host, lineageOf(state.inventory), drawing).groups(root);
  root.children = [...news, ...groups];
  return root;
}

class Builder {
  private readonly reasons: ReadonlyMap<string, TemplateReason | undefined>;
  private readonly health: Health;
  private readonly looks = new Map<Domain, LazyLook>();

  constructor(
    private readonly host: Host,
    private readonly lineage: Lineage,
    private readonly drawing: Drawing,
  ) {
    const { domains } = lineage.inventory;
    this.health = new Health(lineage);
    this.reasons = new Map(domains.map(({ uuid }, index) => [uuid, this.reasonOf(domains[index])]));
  }

  groups(root: Node): Node[] {
    const { domains, pools, networks } = this.lineage.inventory;
    const templates = domains.filter((domain) => this.isTemplate(domain));
    // A template that is itself a clone lies below the one it was cloned from.
    const top = templates.filter((domain) => !this.liesBelowTemplate(domain));
    const machines = domains.filter((domain) => !this.isTemplate(domain));
    const bases = [...this.lineage.images].filter((image) => this.isBaseWithoutDomain(image));
    const { findings } = this.health;
    return [
      this.group(
        root,
        'templates',
        groupLook(l10n.t('Templates'), 'layers', templates.length + bases.length, true),
        (group) => [
          ...byName(top).map((domain) => this.template(domain, group, new Set())),
          ...byName(bases).map((image) => this.base(image, group, new Set())),
        ],
      ),
      this.group(
        root,
        'machines',
        groupLook(l10n.t('Virtual Machines'), 'vm', machines.length, true),
        (group) => byName(machines).map((domain) => this.machine(domain, group)),
      ),
      this.group(
        root,
        'pools',
        groupLook(l10n.t('Storage Pools'), 'database', pools.length, false),
        (group) => byName(pools).map((pool) => this.pool(pool, group)),
      ),
      ...(networks.length === 0
        ? []
        : [
            this.group(
              root,
              'networks',
              groupLook(l10n.t('Networks'), 'globe', networks.length, false),
              (group) => byName(networks).map((network) => this.network(network, group)),
            ),
          ]),
      ...(findings.length === 0
        ? []
        : [
            this.group(root, 'problems', problemsLook(findings, this.lineage), (group) =>
              findings.map((finding) => this.problem(finding, group)),
            ),
          ]),
    ];
  }

  /** A base that no machine has, such as a cloud image: the first of what stands on it. */
  private isBaseWithoutDomain(image: Volume): boolean {
    const { lineage } = this;
    if (lineage.overlaysOf(image.path).length === 0) return false;
    return (
      [image.path, ...lineage.chain(image.path)].every((path) => !this.isOwned(path)) &&
      (image.backing === undefined || lineage.volume(image.backing.path) === undefined)
    );
  }

  /** Whether a machine writes to an image, or keeps it for a snapshot; who only reads it is no owner of it. */
  private isOwned(path: string): boolean {
    const { lineage } = this;
    return lineage
      .usersOf(path)
      .some(
        (user) =>
          lineage.writesTo(user, path) ||
          user.baggage?.snapshots.some(({ images }) => images.some((image) => lineage.same(image, path))),
      );
  }

  /** An image that no machine has, with the machines and images that stand on it below. */
  private base(image: Volume, parent: Node, above: ReadonlySet<string>): Node {
    const id = `${parent.id}/volume/${image.key}`;
    const seen = new Set([...above, image.path]);
    const overlays = this.lineage.overlaysOf(image.path).filter(({ path }) => !seen.has(path));
    const lazy = this.volumeLook(image);
    const pool = this.lineage.poolOf(image);
    return withChildren<Node>(
      lookingLazily({ kind: 'volume', id, lazy, host: this.host, parent, pool, volume: image, children: [] }),
      (node) =>
        byName(overlays).flatMap((overlay) => {
          const owners = this.lineage
            .usersOf(overlay.path)
            .filter((user) => this.lineage.writesTo(user, overlay.path));
          return owners.length === 0
            ? [this.base(overlay, node, seen)]
            : byName(owners).map((owner) => this.template(owner, node, new Set()));
        }),
    );
  }

  private problem(finding: Finding, parent: Node): Node {
    const { fault, image, domain } = finding;
    const id = `${parent.id}/${fault}/${image.key}/${domain?.uuid ?? ''}`;
    return {
      kind: 'problem',
      id,
      look: problemLook(finding),
      host: this.host,
      parent,
      finding,
      children: [],
    };
  }

  private volumeLook(volume: Volume): LazyLook {
    const { lineage } = this;
    const findings = this.health.ofImage(volume.path);
    const facts = [
      volume,
      lineage.overlaysOf(volume.path).length > 0,
      ...findings.flatMap(factsOf),
      ...lineage.usersOf(volume.path).map(({ name }) => name),
    ];
    return new LazyLook(facts, () => volumeLook(volume, lineage, findings, this.drawing.locale));
  }

  /** The same for a machine in each of its places. */
  private domainLook(domain: Domain): LazyLook {
    const known = this.looks.get(domain);
    if (known !== undefined) return known;
    const { lineage } = this;
    const findings = this.health.ofDomain(domain);
    const reason = this.reasons.get(domain.uuid);
    const facts = [
      domain,
      reason,
      lineage.parentOf(domain)?.name,
      lineage.clonesOf(domain).length,
      reason !== undefined && lineage.dependantsOfDomain(domain).length > 0,
      ...lineage.imagesOf(domain).map((path) => lineage.volume(path)),
      ...domain.disks.map((disk) => lineage.pathOf(disk)),
      ...findings.flatMap(factsOf),
    ];
    const look = new LazyLook(facts, () =>
      domainLook(domain, lineage, reason, findings, this.drawing.locale),
    );
    this.looks.set(domain, look);
    return look;
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
    return lazily({ kind: 'group', id, look, host: this.host, parent, children: [] }, children);
  }

  private domain(domain: Domain, parent: Node): Node {
    const lazy = this.domainLook(domain);
    const id = `${parent.id}/domain/${domain.uuid}`;
    return lookingLazily({ kind: 'domain', id, lazy, host: this.host, parent, domain, children: [] });
  }

  /** A machine with its snapshots below it, and those made after them below them. */
  private machine(domain: Domain, parent: Node): Node {
    const all = domain.baggage?.snapshots ?? [];
    const node = this.domain(domain, parent);
    if (all.length === 0) return node;
    const names = new Set(all.map(({ name }) => name));
    const roots = all.filter(({ parent: before }) => before === undefined || !names.has(before));
    return lazily(node, (drawn) =>
      byName(roots).map((one) => this.snapshot(one, domain, all, drawn.id, drawn)),
    );
  }

  private snapshot(
    snapshot: Snapshot,
    domain: Domain,
    all: readonly Snapshot[],
    domainId: string,
    parent: Node,
  ): Node {
    const { host, drawing } = this;
    const id = `${domainId}/snapshot/${snapshot.name}`;
    const look = snapshotLook(snapshot, drawing.locale);
    const after = all.filter((one) => one.parent === snapshot.name);
    return withChildren(
      { kind: 'snapshot', id, look, host, parent, domain, snapshot, children: [] },
      (node) => byName(after).map((one) => this.snapshot(one, domain, all, domainId, node)),
    );
  }

  /** A template with its clones below it, and theirs below them. */
  private template(domain: Domain, parent: Node, above: ReadonlySet<string>): Node {
    const seen = new Set([...above, domain.uuid]);
    const clones = this.lineage.clonesOf(domain).filter((clone) => !seen.has(clone.uuid));
    return lazily(this.domain(domain, parent), (node) =>
      byName(clones).map((clone) => this.template(clone, node, seen)),
    );
  }

  private pool(pool: Pool, parent: Node): Node {
    const { host } = this;
    const id = `${parent.id}/pool/${pool.uuid}`;
    const look = poolLook(pool, this.drawing.locale);
    const paths = new Set(pool.volumes.map((volume) => volume.path));
    const children = new Map<string, Volume[]>([...paths].map((path) => [path, []]));
    // A base may be named by a link, or by a detour.
    const baseOf = ({ backing }: Volume) =>
      backing === undefined ? undefined : (this.lineage.volume(backing.path)?.path ?? backing.path);
    for (const volume of pool.volumes) children.get(baseOf(volume) ?? '')?.push(volume);
    return lazily({ kind: 'pool', id, look, host, parent, pool, children: [] }, (node) => {
      const shown = new Set<string>();
      const draw = (volumes: readonly Volume[], above: Node): Node[] =>
        byName(volumes.filter(({ path }) => !shown.has(path))).map((volume) => {
          shown.add(volume.path);
          const child = this.volume(volume, pool, node.id, above);
          return withChildren(child, () => draw(children.get(volume.path) ?? [], child));
        });
      const roots = pool.volumes.filter((volume) => !paths.has(baseOf(volume) ?? ''));
      // What is left then backs itself in a loop, and is shown from any of its ends.
      return [...draw(roots, node), ...draw(pool.volumes, node)];
    });
  }

  private network(network: Network, parent: Node): Node {
    const id = `${parent.id}/network/${network.name}`;
    const look = networkLook(network);
    return { kind: 'network', id, look, host: this.host, parent, network, children: [] };
  }

  private volume(volume: Volume, pool: Pool, poolId: string, parent: Node): Node {
    const lazy = this.volumeLook(volume);
    const id = `${poolId}/volume/${volume.key}`;
    return lookingLazily({ kind: 'volume', id, lazy, host: this.host, parent, pool, volume, children: [] });
  }
}

/** What the words about a finding are made of. */
function factsOf({ fault, image, base, domain }: Finding): unknown[] {
  return [fault, image, base, domain?.name];
}

function lookingLazily<const T extends { readonly lazy: LazyLook }>(node: T): T & { readonly look: Look } {
  return Object.defineProperty(node, 'look', lookOfLazy) as T & { readonly look: Look };
}

const lookOfLazy: PropertyDescriptor & ThisType<Node> = {
  configurable: true,
  enumerable: true,
  get() {
    return this.lazy?.look;
  },
};

function withChildren<T extends Node>(node: T, children: (node: T) => Node[]): T {
  node.children = children(node);
  return node;
}

const collator = new Intl.Collator(undefined, { numeric: true });

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => collator.compare(a.name, b.name));
}
