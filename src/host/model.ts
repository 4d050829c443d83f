import { pendingDomain, type Disk, type Domain } from './domain';
import type { Inventory } from './inventory';
import type { Network } from './network';
import type { ListedDomain, ListedVolume, Names, PoolFacts } from './reader';
import type { Volume } from './volume';

/** What is known of a host, object by object, from which inventories are made. */
export class Model {
  private readonly domains = new Map<string, Domain>();
  /** Domains of which only the names are up to date. */
  private readonly stale = new Set<string>();
  private readonly pools = new Map<string, PoolFacts>();
  /** The paths of each pool's volumes, in the order of its list. */
  private readonly paths = new Map<string, readonly string[]>();
  private readonly volumes = new Map<string, Volume>();
  private networks: readonly Network[] = [];
  private loose: readonly Volume[] = [];
  private realPaths: ReadonlyMap<string, string> = new Map();

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
      this.domains.set(listed.uuid, known === undefined ? pendingDomain(listed) : { ...known, ...listed });
    }
    keepOnly(this.domains, new Set(names.domains.map(({ uuid }) => uuid)));
    keepOnly(this.pools, new Set(names.pools.map(({ uuid }) => uuid)));
    for (const { uuid, name, active } of names.pools) {
      const known = this.pools.get(uuid) ?? emptyPool;
      this.pools.set(uuid, { ...known, uuid, name, active });
      if (!active) this.paths.delete(uuid);
    }
    keepOnly(this.paths, new Set(this.pools.keys()));
    this.networks = names.networks;
    return names.domains.filter(({ uuid }) => this.stale.has(uuid));
  }

  /**
   * Takes over which volumes each pool has.
   * @returns those that are new
   */
  takeLists(lists: ReadonlyMap<string, readonly ListedVolume[]>): readonly ListedVolume[] {
    for (const [uuid, listed] of lists)
      this.paths.set(
        uuid,
        listed.map(({ path }) => path),
      );
    keepOnly(this.volumes, new Set([...this.paths.values()].flat()));
    const all = new Map([...lists.values()].flat().map((listed) => [listed.path, listed]));
    return [...all.values()].filter(({ path }) => !this.volumes.has(path));
  }

  takeDomain(domain: Domain): void {
    this.stale.delete(domain.uuid);
    this.domains.set(domain.uuid, domain);
  }

  takeNextDisks(uuid: string, nextDisks: readonly Disk[]): void {
    const domain = this.domains.get(uuid);
    if (domain !== undefined) this.domains.set(uuid, { ...domain, nextDisks });
  }

  /** Takes over what files outside the pools are, and where links lead. */
  takeFiles(loose: readonly Volume[], realPaths: ReadonlyMap<string, string>): void {
    this.loose = loose;
    this.realPaths = realPaths;
  }

  takePool(pool: PoolFacts): void {
    this.pools.set(pool.uuid, pool);
  }

  takeVolume(volume: Volume): void {
    this.volumes.set(volume.path, volume);
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
      if (!list.includes(path)) this.paths.set(uuid, [...list, path]);
    }
  }

  forgetDomain(word: string): void {
    for (const { uuid, name } of this.domains.values()) {
      if (uuid === word || name === word) this.domains.delete(uuid);
    }
  }

  forgetVolume(path: string): void {
    this.volumes.delete(path);
    for (const [uuid, list] of this.paths)
      this.paths.set(
        uuid,
        list.filter((other) => other !== path),
      );
  }

  /** Whether the pool's list names one of these paths. */
  lists(pool: string, paths: readonly string[]): boolean {
    return this.paths.get(pool)?.some((path) => paths.includes(path)) ?? false;
  }

  /** Every volume of every list, read or not. */
  allVolumes(): readonly ListedVolume[] {
    const paths = new Set([...this.paths.values()].flat());
    return [...paths].map((path) => ({ path, name: path.slice(path.lastIndexOf('/') + 1) }));
  }

  allPools(): readonly PoolFacts[] {
    return [...this.pools.values()];
  }

  inventory(uri: string): Inventory {
    return {
      uri,
      domains: [...this.domains.values()],
      pools: [...this.pools.values()].map((pool) => ({
        ...pool,
        volumes: (this.paths.get(pool.uuid) ?? []).flatMap((path) => this.volumes.get(path) ?? []),
      })),
      networks: this.networks,
      loose: this.loose,
      realPaths: this.realPaths,
    };
  }
}

const emptyPool = {
  type: 'dir',
  path: undefined,
  capacity: 0,
  allocation: 0,
  available: 0,
  problem: undefined,
};

function keepOnly<V>(map: Map<string, V>, keys: ReadonlySet<string>): void {
  for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
}
