import { posix } from 'node:path';
import { isActive, writtenDisks, type Disk, type Domain } from '../host/domain';
import type { Inventory } from '../host/inventory';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';

/** What stands on a volume: an overlay, and the machines that use it. */
export interface Dependant {
  readonly volume: Volume;
  readonly domains: readonly Domain[];
}

/** The images a domain may write to, and those of them that it shares with nobody. */
interface Written {
  readonly own: readonly string[];
  readonly all: readonly string[];
}

/**
 * Who stands on whom, over all pools and all domains of one inventory, running or not. Images are known by their
 * device and inode where this machine can see them, else by their path. Loops and missing levels are survived: a walk never visits a path twice and ends where nothing is known.
 */
export class Lineage {
  private readonly volumes = new Map<string, Volume>();
  private readonly pools = new Map<Volume, Pool>();
  private readonly overlays = new Map<string, Volume[]>();
  private readonly users = new Map<string, Domain[]>();
  private readonly byUuid = new Map<string, Domain>();
  private readonly written = new Map<Domain, Written>();
  private byPoolAndName: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined;
  private computedKinship: { parents: Map<string, Domain>; clones: Map<string, Domain[]> } | undefined;

  constructor(readonly inventory: Inventory) {
    for (const pool of inventory.pools) {
      for (const volume of pool.volumes) {
        // A file of two overlapping pools is one image; the first pool that shows it answers for it.
        if (this.take(volume)) this.pools.set(volume, pool);
      }
    }
    for (const volume of inventory.loose ?? []) this.take(volume);
    for (const domain of inventory.domains) {
      this.byUuid.set(domain.uuid, domain);
      const images = new Set<string>();
      for (const disk of domain.disks) this.addImage(images, disk);
      for (const disk of domain.nextDisks ?? []) this.addImage(images, disk);
      for (const path of domain.files ?? []) images.add(this.identity(path));
      for (const snapshot of domain.baggage?.snapshots ?? [])
        for (const path of snapshot.images) images.add(this.identity(path));
      for (const image of images) append(this.users, image, domain);
    }
  }

  private take(volume: Volume): boolean {
    const image = this.identity(volume.path);
    if (this.volumes.has(image)) return false;
    this.volumes.set(image, volume);
    if (volume.backing !== undefined) append(this.overlays, this.identity(volume.backing.path), volume);
    return true;
  }

  private addImage(images: Set<string>, disk: Disk): void {
    const path = this.pathOf(disk);
    if (path !== undefined) images.add(this.identity(path));
  }

  /** One name for one image: where links lead, and without detours in the path. */
  private identity(path: string): string {
    // Few paths have detours, and this is asked often.
    const plain = /\/(\/|\.|$)/.test(path) ? posix.normalize(path) : path;
    return this.inventory.realPaths?.get(plain) ?? this.inventory.realPaths?.get(path) ?? plain;
  }

  /** Whether two paths are names of one image. */
  same(one: string, other: string): boolean {
    return this.identity(one) === this.identity(other);
  }

  /** Every image that is known, in pools and outside them. */
  get images(): Iterable<Volume> {
    return this.volumes.values();
  }

  volume(path: string): Volume | undefined {
    return this.volumes.get(this.identity(path));
  }

  poolOf(volume: Volume): Pool | undefined {
    return this.pools.get(volume);
  }

  domain(uuid: string): Domain | undefined {
    return this.byUuid.get(uuid);
  }

  /** The path of a disk's image, also where the disk is given as pool and volume; undefined for an empty drive. */
  pathOf(disk: Disk): string | undefined {
    if (disk.source !== undefined || disk.volume === undefined) return disk.source;
    this.byPoolAndName ??= new Map(
      this.inventory.pools.map((pool) => [
        pool.name,
        new Map(pool.volumes.map((volume) => [volume.name, volume.path])),
      ]),
    );
    return this.byPoolAndName.get(disk.volume.pool)?.get(disk.volume.name);
  }

  /** The images below this one, nearest first; a path that no pool knows ends the chain and is its last entry. */
  chain(path: string): string[] {
    const below: string[] = [];
    const seen = new Set([this.identity(path)]);
    for (let next = this.volume(path)?.backing?.path; next !== undefined;) {
      const image = this.identity(next);
      if (seen.has(image)) break;
      seen.add(image);
      below.push(this.volumes.get(image)?.path ?? next);
      next = this.volumes.get(image)?.backing?.path;
    }
    return below;
  }

  /** The overlays whose backing store is this image. */
  overlaysOf(path: string): readonly Volume[] {
    return this.overlays.get(this.identity(path)) ?? [];
  }

  /** The domains with a disk, drive or shared image at this path, or with a snapshot that needs it. */
  usersOf(path: string): readonly Domain[] {
    return this.users.get(this.identity(path)) ?? [];
  }

  /** Everything that stands on this image, at any depth, with the machines that use it. */
  dependantsOf(path: string): Dependant[] {
    // Most images are the base of none.
    if (this.overlaysOf(path).length === 0) return [];
    const found: Dependant[] = [];
    const seen = new Set([this.identity(path)]);
    const queue = inOrder(this.overlaysOf(path));
    for (const volume of queue) {
      const image = this.identity(volume.path);
      if (seen.has(image)) continue;
      seen.add(image);
      found.push({ volume, domains: this.usersOf(volume.path) });
      queue.push(...inOrder(this.overlaysOf(volume.path)));
    }
    return found;
  }

  /** Everything that stands on any of these images; on any that the domain may write to unless told. */
  dependantsOfDomain(domain: Domain, images = this.writtenBy(domain).all): Dependant[] {
    const found = images.flatMap((path) => this.dependantsOf(path));
    if (found.length === 0) return found;
    // Two disks may stand on one image, and what stands on both is still one dependant.
    return [...new Map(found.map((dependant) => [dependant.volume.path, dependant])).values()];
  }

  /** The paths of the images that are a domain's own: it may write to them, and does not share them with others. */
  imagesOf(domain: Domain): readonly string[] {
    return this.writtenBy(domain).own;
  }

  /** Whether a domain may write to this image, alone or with others. */
  writesTo(domain: Domain, path: string): boolean {
    return this.writtenBy(domain).all.some((image) => this.same(image, path));
  }

  private writtenBy(domain: Domain): Written {
    const known = this.written.get(domain);
    if (known !== undefined) return known;
    const disks = writtenDisks(
      domain.nextDisks === undefined ? domain : { disks: [...domain.disks, ...domain.nextDisks] },
    );
    const all = this.pathsOf(disks);
    const own = disks.some(({ shareable }) => shareable)
      ? this.pathsOf(disks.filter(({ shareable }) => !shareable))
      : all;
    const found = { own, all };
    this.written.set(domain, found);
    return found;
  }

  /** The images of disks, each once. */
  private pathsOf(disks: readonly Disk[]): readonly string[] {
    const paths = disks.flatMap((disk) => this.pathOf(disk) ?? []);
    return paths.length < 2 ? paths : [...new Map(paths.map((path) => [this.identity(path), path])).values()];
  }

  /** Whether a domain writes to this image in its present run: what it gets with its next start does not count. */
  writesNow(domain: Domain, path: string): boolean {
    if (!isActive(domain)) return false;
    const paths = writtenDisks(domain).flatMap((disk) => this.pathOf(disk) ?? []);
    return paths.some((image) => this.same(image, path));
  }

  /** The domain this one is a linked clone of: the nearest one that writes to an image below one of its own. */
  parentOf(domain: Domain): Domain | undefined {
    return this.kinship.parents.get(domain.uuid);
  }

  /** The linked clones of a domain, not those of its clones. */
  clonesOf(domain: Domain): readonly Domain[] {
    return this.kinship.clones.get(domain.uuid) ?? [];
  }

  /** Who descends from whom, computed once for all domains when it is first asked for. */
  private get kinship() {
    if (this.computedKinship === undefined) {
      const parents = new Map<string, Domain>();
      const clones = new Map<string, Domain[]>();
      for (const domain of this.inventory.domains) {
        const parent = this.nearestOwnerBelow(domain);
        if (parent === undefined) continue;
        parents.set(domain.uuid, parent);
        append(clones, parent.uuid, domain);
      }
      this.computedKinship = { parents, clones };
    }
    return this.computedKinship;
  }

  private nearestOwnerBelow(domain: Domain): Domain | undefined {
    for (const path of this.imagesOf(domain)) {
      for (const below of this.chain(path)) {
        const owner = this.usersOf(below).find(
          (user) => user.uuid !== domain.uuid && this.imagesOf(user).some((image) => this.same(image, below)),
        );
        if (owner !== undefined) return owner;
      }
    }
    return undefined;
  }
}

const made = new WeakMap<Inventory, Lineage>();

/** The lineage of an inventory, computed once for all who ask. */
export function lineageOf(inventory: Inventory): Lineage {
  const lineage = made.get(inventory) ?? new Lineage(inventory);
  made.set(inventory, lineage);
  return lineage;
}

// More names than this make a message that nobody reads.
const mostNames = 8;

/** Dependants by the names people know them by: their machines, or the volume where no machine uses it; not all of many. */
export function namesOf(dependants: readonly Dependant[]): string {
  const names = nameList(dependants);
  return (names.length > mostNames ? [...names.slice(0, mostNames), '…'] : names).join(', ');
}

/** The same as a list, each name once. */
export function nameList(dependants: readonly Dependant[]): string[] {
  const names = dependants.flatMap(({ volume, domains }) =>
    domains.length === 0 ? [volume.name] : domains.map((domain) => domain.name),
  );
  return [...new Set(names)];
}

/** Level by level and by path, so that a message names the same images in the same order each time. */
function inOrder(volumes: readonly Volume[]): Volume[] {
  return [...volumes].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
