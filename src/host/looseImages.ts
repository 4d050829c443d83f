import { realpath } from 'node:fs/promises';
import { imageFile } from './imageFile';
import { CommandError } from './errors';
import type { Run } from './process';
import type { Volume } from './volume';

interface ImageInfo {
  readonly format?: string;
  readonly 'virtual-size'?: number;
  readonly 'actual-size'?: number;
  readonly 'backing-filename'?: string;
  readonly 'full-backing-filename'?: string;
  readonly 'backing-filename-format'?: string;
}

/**
 * What qemu-img says of images that no pool knows, and of those below them that no pool knows either: clones whose
 * overlays lie in no pool stand on their bases all the same.
 * @param known whether a pool has this path
 */
export async function readLooseImages(
  paths: readonly string[],
  known: (path: string) => boolean,
  run: Run,
): Promise<Volume[]> {
  const found = new Map<string, Volume>();
  let level = paths.filter((path) => !known(path));
  while (level.length > 0) {
    const volumes = await Promise.all(level.map((path) => readImage(path, run)));
    for (const volume of volumes) if (volume !== undefined) found.set(volume.path, volume);
    const below = volumes.flatMap((volume) => volume?.backing?.path ?? []);
    level = [...new Set(below)].filter((path) => !known(path) && !found.has(path));
  }
  return [...found.values()];
}

async function readImage(path: string, run: Run): Promise<Volume | undefined> {
  try {
    const { stdout } = await run({ file: 'qemu-img', args: ['info', '-U', '--output=json', path] });
    const info = JSON.parse(stdout) as ImageInfo;
    const backing = imageFile(info['full-backing-filename'] ?? info['backing-filename']);
    return {
      name: path.slice(path.lastIndexOf('/') + 1),
      key: path,
      path,
      type: 'file',
      format: info.format,
      capacity: info['virtual-size'] ?? 0,
      allocation: info['actual-size'] ?? 0,
      backing:
        backing === undefined
          ? undefined
          : { path: backing, format: info['backing-filename-format'], found: true },
      mode: undefined,
      problem: undefined,
    };
  } catch (error) {
    // Missing, of others, or no image: nothing can be said of it.
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Where links lead, for the paths that lead elsewhere. */
export async function readRealPaths(paths: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const pairs = await Promise.all(
    [...new Set(paths)].map(async (path) => [path, await realpath(path).catch(() => path)] as const),
  );
  return new Map(pairs.filter(([path, real]) => path !== real));
}
