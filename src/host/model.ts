import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import type { Keepers } from './baggage';
import { pendingDomain, type Baggage, type Domain, type Snapshot } from './domain';
import type { FileFacts } from './hostFiles';
import type { ImageFacts } from './imageFacts';
import type { Inventory } from './inventory';
import type { Network } from './network';
import type { ListedDomain, Names } from './names';
import type { FoundDomain, ListedVolume, PoolFacts, VolumeLists } from './reader';
import type { Volume } from './volume';

/**
 * What is known of a host, object by object, from which inventories are made. What has not changed stays the same
 * object, and while nothing has changed, so does the inventory.
 */
export class Model {
  private readonly domains = new Map<string, Domain>();
  /** Domains of which only the names are up to date. */
  private readonly stale = new Set<string>();
  private readonly pools = new Map<string, PoolFacts>();
  /** The paths of each pool's volumes, in the order of its list. */
  private readonly paths = new Map<string, readonly string[]>();
  /** Why the volumes of pools could not be listed the last time: their lists are older than all else. */
  private readonly listProblems = new Map<string, string>();
  private readonly volumes = new Map<string, Volume>();
  private networks: readonly Network[] = [];
  private loose: readonly Volume[] = [];
  private hidden: readonly string[] = [];
  private realPaths: ReadonlyMap<string, string> = new Map();
  private facts: ReadonlyMap<string, ImageFacts> = new Map();
  private keepers: Keepers | undefined;
  private snapshots: ReadonlyMap<string, readonly Snapshot[]> = new Map();
  private made: Inventory | undefined;
  private readonly unreadSnapshots: readonly Snapshot[] = [
    { name: '?', images: [], problem: l10n.t('its snapshots have not been read yet') },
  ];
  /** Domains with their baggage, by the same without: who has not changed stays the same object. */
  private readonly laden = new WeakMap<Domain, Domain & { readonly baggage: Baggage }>();
  /** Volumes that are new or other than before since somebody asked for them; undefined where no file has changed. */
  private changedFiles: Set<string> | undefined = new Set();

  /**
   * Takes over names and states, forgets what is gone, and keeps the details of what stays.
   * @returns the domains whose definitions are to be read: those that are new, renamed, or in another state, and those
   * that an earlier reading did not come to
   */
  takeNames(names: Names): readonly ListedDomain[] {
    for (const listed of names.domains) {
      const known = this.domains.get(listed.uuid);
      const same =
        known?.name === listed.name && known.state === listed.state && known.persistent === listed.persistent;
      if (same) continue;
      this.stale.add(listed.uuid);
      this.put(
        this.domains,
        listed.uuid,
        known === undefined ? pendingDomain(listed) : { ...known, ...listed },
      );
    }
    this.keepOnly(this.domains, new Set(names.domains.map(({ uuid }) => uuid)));
    this.keepOnly(this.pools, new Set(names.pools.map(({ uuid }) => uuid)));
    for (const { uuid, name, active } of names.pools) {
      const known = this.pools.get(uuid) ?? emptyPool;
      this.put(this.pools, uuid, { ...known, uuid, name, active });
      if (!active) this.remove(this.paths, uuid);
    }
    this.keepOnly(this.paths, new Set(this.pools.keys()));
    this.keepOnly(
      this.listProblems,
      new Set(names.pools.flatMap(({ uuid, active }) => (active ? [uuid] : []))),
    );
    if (JSON.stringify(this.networks) !== JSON.stringify(names.networks)) {
      this.networks = names.networks;
      this.made = undefined;
    }
    this.takeKeepers(names.keepers);
    return names.domains.filter(({ uuid }) => this.stale.has(uuid));
  }

  /**
   * Takes over which volumes each pool has; a pool that could not be listed keeps those it had.
   * @returns those that are new
   */
  takeLists({ lists, problems }: VolumeLists): readonly ListedVolume[] {
    for (const [uuid, listed] of lists) {
      this.put(
        this.paths,
        uuid,
        listed.map(({ path }) => path),
      );
      this.remove(this.listProblems, uuid);
    }
    for (const [uuid, problem] of problems) {
      if (this.listProblems.get(uuid) === problem) continue;
      this.listProblems.set(uuid, problem);
      this.made = undefined;
    }
    this.keepOnly(this.volumes, new Set([...this.paths.values()].flat()));
    const all = new Map([...lists.values()].flat().map((listed) => [listed.path, listed]));
    return [...all.values()].filter(({ path }) => !this.volumes.has(path));
  }

  takeDomain(domain: Domain): void {
    // What could not be read is tried again with the next names.
    if (domain.problem === undefined) this.stale.delete(domain.uuid);
    else this.stale.add(domain.uuid);
    if (this.put(this.domains, domain.uuid, domain)) this.changedFiles ??= new Set();
  }

  private takeKeepers(keepers: Keepers): void {
    if (sameSets(this.keepers, keepers)) return;
    this.keepers = keepers;
    this.made = undefined;
  }

  /** The domains that have snapshots of which nothing is known yet. */
  withUnreadSnapshots(): string[] {
    return [...(this.keepers?.snapshots ?? [])].filter((uuid) => !this.snapshots.has(uuid));
  }

  /** Takes over the snapshots of a few domains, and that they have none. */
  takeSnapshotsOf(some: ReadonlyMap<string, readonly Snapshot[]>): void {
    if (this.keepers === undefined) return;
    const having = new Set(this.keepers.snapshots);
    for (const [uuid, { length }] of some) {
      if (length > 0) having.add(uuid);
      else having.delete(uuid);
    }
    this.takeKeepers({ ...this.keepers, snapshots: having });
    this.takeSnapshots(new Map([...this.snapshots, ...some].filter(([uuid]) => having.has(uuid))));
  }

  /** Takes over a domain that was asked for by itself, and what it has beside its definition. */
  takeFound({ domain, ...flags }: FoundDomain): void {
    this.takeDomain(domain);
    for (const kind of ['autostart', 'managedSave'] as const) {
      const [has, had] = [flags[kind], this.keepers?.[kind]];
      if (had === undefined || has === undefined || had.has(domain.uuid) === has) continue;
      const others = [...had].filter((uuid) => uuid !== domain.uuid);
      this.keepers = Object.assign({}, this.keepers, {
        [kind]: new Set(has ? [...others, domain.uuid] : others),
      });
      this.made = undefined;
    }
  }

  /** Has a domain read again with the next names. */
  doubtDomain(word: string): void {
    for (const { uuid, name } of this.domains.values())
      if (uuid === word || name === word) this.stale.add(uuid);
  }

  takeSnapshots(snapshots: ReadonlyMap<string, readonly Snapshot[]>): void {
    if (JSON.stringify([...snapshots]) === JSON.stringify([...this.snapshots])) return;
    this.snapshots = snapshots;
    this.made = undefined;
    this.changedFiles ??= new Set();
  }

  /** Takes over what files outside the pools are, where links lead, and what else the file system knows of images. */
  takeFiles({ loose, hidden, realPaths, facts }: FileFacts): void {
    const same =
      sameEntries(loose, this.loose) &&
      sameEntries(hidden, this.hidden) &&
      sameMaps(realPaths, this.realPaths) &&
      sameMaps(facts, this.facts);
    if (same) return;
    this.loose = loose;
    this.hidden = hidden;
    this.realPaths = realPaths;
    this.facts = facts;
    this.made = undefined;
  }

  /**
   * The volumes that are new or other than before since this was last asked.
   * @returns undefined where neither they nor the disks of a domain have changed
   */
  takeChangedFiles(): ReadonlySet<string> | undefined {
    const changed = this.changedFiles;
    this.changedFiles = undefined;
    return changed;
  }

  takePool(pool: PoolFacts): void {
    this.put(this.pools, pool.uuid, pool);
  }

  takeVolume(volume: Volume): void {
    if (this.put(this.volumes, volume.path, volume)) (this.changedFiles ??= new Set()).add(volume.path);
  }

  /** The active pools in whose directories these paths lie. */
  poolsAround(paths: readonly string[]): readonly PoolFacts[] {
    return this.allPools().filter(
      ({ active, path: directory }) =>
        active &&
        directory !== undefined &&
        paths.some((path) => path.startsWith(`${directory.replace(/\/+$/, '')}/`)),
    );
  }

  /** Adds a volume to the lists of the pools in whose directories it lies. */
  listVolume(path: string): void {
    for (const { uuid } of this.poolsAround([path])) {
      const list = this.paths.get(uuid) ?? [];
      if (!list.includes(path)) this.put(this.paths, uuid, [...list, path]);
    }
  }

  forgetDomain(word: string): void {
    for (const { uuid, name } of this.domains.values()) {
      if (uuid === word || name === word) this.remove(this.domains, uuid);
    }
  }

  forgetVolume(path: string): void {
    this.remove(this.volumes, path);
    for (const [uuid, list] of this.paths) {
      if (!list.includes(path)) continue;
      this.paths.set(
        uuid,
        list.filter((other) => other !== path),
      );
      this.made = undefined;
    }
  }

  /** The volumes that these pools list. */
  pathsIn(pools: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...pools].flatMap((uuid) => this.paths.get(uuid) ?? []));
  }

  /** Whether the pool's list names one of these paths. */
  lists(pool: string, paths: readonly string[]): boolean {
    return this.paths.get(pool)?.some((path) => paths.includes(path)) ?? false;
  }

  /** Every volume of every list, read or not. */
  allVolumes(): readonly ListedVolume[] {
    const paths = new Set([...this.paths.values()].flat());
    return [...paths].map((path) => ({ path, name: posix.basename(path) }));
  }

  /** Those of them that no reading has come to yet, or that could not be read. */
  unreadVolumes(): readonly ListedVolume[] {
    return this.allVolumes().filter(({ path }) => {
      const known = this.volumes.get(path);
      return known === undefined || known.problem !== undefined;
    });
  }

  /** Whether a volume is known as one that could not be read. */
  isUnreadable(path: string): boolean {
    return this.volumes.get(path)?.problem !== undefined;
  }

  allPools(): readonly PoolFacts[] {
    return [...this.pools.values()];
  }

  /** How many volumes are listed of a pool; undefined where it has not been read. */
  countOf(pool: string): number | undefined {
    return this.paths.get(pool)?.length;
  }

  /** Of all domains. */
  get uuids(): ReadonlySet<string> {
    return new Set(this.domains.keys());
  }

  inventory(uri: string): Inventory {
    this.made ??= {
      uri,
      domains: [...this.domains.values()].map((domain) => this.withBaggage(domain)),
      pools: [...this.pools.values()].map((pool) => ({
        ...pool,
        problem: pool.problem ?? this.listProblems.get(pool.uuid),
        volumes: (this.paths.get(pool.uuid) ?? []).flatMap((path) => this.volumes.get(path) ?? []),
      })),
      networks: this.networks,
      loose: this.loose,
      hidden: this.hidden,
      realPaths: this.realPaths,
      facts: this.facts,
    };
    return this.made;
  }

  private withBaggage(domain: Domain): Domain {
    const { uuid } = domain;
    const has = (kind: keyof Keepers) => this.keepers?.[kind].has(uuid) === true;
    // A snapshot that was made since the last reading of everything has no images yet, but it is there.
    const snapshots = has('snapshots') ? (this.snapshots.get(uuid) ?? this.unreadSnapshots) : noSnapshots;
    const [autostart, managedSave, checkpoints] = [has('autostart'), has('managedSave'), has('checkpoints')];
    const baggage = { autostart, managedSave, checkpoints, snapshots };
    const known = this.laden.get(domain);
    if (known !== undefined && sameEntries(known.baggage, baggage)) return known;
    const laden = { ...domain, baggage };
    this.laden.set(domain, laden);
    return laden;
  }

  /** Whether it is another value than before. */
  private put<V extends object>(map: Map<string, V>, key: string, value: V): boolean {
    if (sameEntries(map.get(key), value)) return false;
    map.set(key, value);
    this.made = undefined;
    return true;
  }

  private remove(map: Map<string, unknown>, key: string): void {
    if (!map.delete(key)) return;
    this.made = undefined;
    this.changedFiles ??= new Set();
  }

  private keepOnly(map: Map<string, unknown>, keys: ReadonlySet<string>): void {
    for (const key of map.keys()) if (!keys.has(key)) this.remove(map, key);
  }
}

/** Whether two objects, or two lists, hold the same values. */
function sameEntries(one: object | undefined, other: object): boolean {
  if (one === undefined) return false;
  const [entries, others] = [
    Object.entries(one) as [string, unknown][],
    Object.entries(other) as [string, unknown][],
  ];
  return (
    entries.length === others.length &&
    entries.every(([key, value], index) => key === others[index]?.[0] && Object.is(value, others[index][1]))
  );
}

function sameMaps<V>(one: ReadonlyMap<string, V>, other: ReadonlyMap<string, V>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => Object.is(value, other.get(key)));
}

function sameSets(one: Keepers | undefined, other: Keepers): boolean {
  const text = ({ autostart, managedSave, checkpoints, snapshots }: Keepers) =>
    JSON.stringify([autostart, managedSave, checkpoints, snapshots].map((set) => [...set]));
  return one !== undefined && text(one) === text(other);
}

const noSnapshots: readonly Snapshot[] = [];

const emptyPool = {
  type: 'dir',
  path: undefined,
  capacity: 0,
  allocation: 0,
  available: 0,
  problem: undefined,
};
