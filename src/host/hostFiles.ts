import { ImageLooker, type ImageFacts, type ImageLook } from './imageFacts';
import type { Inventory } from './inventory';
import { readImage } from './looseImages';
import type { Run } from './process';
import type { Volume } from './volume';

/** What the files of a host tell, on this machine. */
export interface FileFacts {
  /** Images that machines use, or that such images stand on, and that no pool knows. */
  readonly loose: readonly Volume[];
  /** Of the machines' images those that are there and may not be read. */
  readonly hidden: readonly string[];
  /** The one name of each image that has several, by its others. */
  readonly realPaths: ReadonlyMap<string, string>;
  /** What the file system knows of images, by their paths. */
  readonly facts: ReadonlyMap<string, ImageFacts>;
}

const looksAtOnce = 100;

// Each may be a process of qemu-img.
const imagesAtOnce = 4;

/** Looks at the files of a host, and only at those that it has not seen or that may have changed. */
export class HostFiles {
  private loose = new Map<string, Volume | undefined>();
  private looks = new Map<string, ImageLook>();

  constructor(private readonly run: Run) {}

  /** @param again the paths to look at again, whatever is known of them */
  async read(
    { domains, pools }: Pick<Inventory, 'domains' | 'pools'>,
    again: ReadonlySet<string> | 'all',
  ): Promise<FileFacts> {
    const volumes = pools.flatMap((pool) => pool.volumes);
    const known = new Set(volumes.map(({ path }) => path));
    const disks = domains.flatMap((domain) => [...domain.disks, ...(domain.nextDisks ?? [])]);
    const files = disks.flatMap(({ source, device }) =>
      device === 'disk' && source !== undefined ? [source] : [],
    );
    const kept = domains.flatMap(({ baggage }) => baggage?.snapshots.flatMap(({ images }) => images) ?? []);
    const below = volumes.flatMap(({ backing }) => (backing?.found === true ? [backing.path] : []));
    const roots = [...files, ...kept, ...below];

    const isStale = (path: string) => again === 'all' || again.has(path);
    this.loose = await this.looseBelow(roots, known, isStale);
    const loose = [...this.loose.values()].filter((volume) => volume !== undefined);
    const images = [...volumes, ...loose];
    const backing = images.flatMap((volume) => volume.backing?.path ?? []);
    const overlays = new Set(images.flatMap((volume) => (volume.backing === undefined ? [] : [volume.path])));
    const others = domains.flatMap((domain) => domain.files ?? []);
    const paths = new Set([...known, ...roots, ...backing, ...others].filter((path) => path.startsWith('/')));
    this.looks = await this.lookAt(paths, overlays, isStale);
    return { loose, hidden: this.hidden([...files, ...kept], known), ...this.namesAndFacts() };
  }

  private hidden(paths: readonly string[], known: ReadonlySet<string>): string[] {
    return [...new Set(paths)].filter((path) => {
      if (known.has(path) || this.loose.get(path) !== undefined) return false;
      const look = this.looks.get(path);
      return look?.facts !== undefined || look?.hidden === true;
    });
  }

  /** Those of these images that no pool knows, and of those below them. */
  private async looseBelow(
    paths: readonly string[],
    known: ReadonlySet<string>,
    isStale: (path: string) => boolean,
  ): Promise<Map<string, Volume | undefined>> {
    const found = new Map<string, Volume | undefined>();
    for (let level = paths; level.length > 0;) {
      const fresh = [...new Set(level)].filter((path) => !known.has(path) && !found.has(path));
      const volumes = await mapped(fresh, imagesAtOnce, (path) => this.image(path, isStale(path)));
      fresh.forEach((path, index) => found.set(path, volumes[index]));
      level = volumes.flatMap((volume) => volume?.backing?.path ?? []);
    }
    return found;
  }

  private async image(path: string, stale: boolean): Promise<Volume | undefined> {
    return !stale && this.loose.has(path) ? this.loose.get(path) : readImage(path, this.run);
  }

  private async lookAt(
    paths: ReadonlySet<string>,
    overlays: ReadonlySet<string>,
    isStale: (path: string) => boolean,
  ): Promise<Map<string, ImageLook>> {
    const looker = new ImageLooker();
    const look = async (path: string) => {
      const before = this.looks.get(path);
      const fits = before?.facts === undefined || before.version.endsWith(`:${overlays.has(path)}`);
      if (before !== undefined && fits && !isStale(path)) return before;
      return looker.look(path, overlays.has(path), before);
    };
    const all = [...paths];
    // Not all at once: that would hold up everything else.
    const found = await mapped(all, looksAtOnce, look);
    return new Map(found.map((seen, index) => [all[index] ?? '', seen]));
  }

  /** Of several names of one image the first is the one. */
  private namesAndFacts(): Pick<FileFacts, 'realPaths' | 'facts'> {
    const names = new Map<string, string>();
    const realPaths = new Map<string, string>();
    const facts = new Map<string, ImageFacts>();
    for (const [path, look] of this.looks) {
      const name = names.get(look.id) ?? look.real;
      names.set(look.id, name);
      if (name !== path) realPaths.set(path, name);
      if (look.facts !== undefined) facts.set(path, look.facts);
    }
    return { realPaths, facts };
  }
}

/** What becomes of each, in their order, some at a time. */
async function mapped<T, U>(
  items: readonly T[],
  atOnce: number,
  act: (item: T) => Promise<U>,
): Promise<readonly U[]> {
  const results: U[] = [];
  const rest = items.map((item, index) => ({ item, index })).reverse();
  const lane = async () => {
    for (let next; (next = rest.pop()) !== undefined;) results[next.index] = await act(next.item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
