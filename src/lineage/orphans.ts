import type { Volume } from '../host/volume';
import type { Lineage } from './lineage';

/**
 * What an orphan is: an overlay or another disk that no machine has, a base on which nothing needed stands, or, apart
 * from those, what may be there on purpose: media and uploads, and what was written within the last hour.
 */
export type OrphanKind = 'overlay' | 'disk' | 'base' | 'media' | 'young';

/** A volume that nobody needs. */
export interface Orphan {
  readonly kind: OrphanKind;
  readonly volume: Volume;
}

const young = 3600;

/**
 * The volumes of all active pools that no machine has or keeps for a snapshot, neither directly nor through what stands
 * on them.
 * @param now seconds since 1970
 */
export function orphansOf(lineage: Lineage, now: number): Orphan[] {
  const volumes = lineage.inventory.pools.flatMap((pool) => pool.volumes);
  return [...new Set(volumes)]
    .filter(({ type, problem }) => (type === 'file' || type === 'block') && problem === undefined)
    .filter(({ path }) => isUnused(path, lineage))
    .map((volume) => ({ volume, kind: kindOf(volume, lineage, now) }));
}

function isUnused(path: string, lineage: Lineage): boolean {
  const dependants = lineage.dependantsOf(path);
  return lineage.usersOf(path).length === 0 && dependants.every(({ domains }) => domains.length === 0);
}

function kindOf(
  { path, format, modified, backing, mode = 0o200 }: Volume,
  lineage: Lineage,
  now: number,
): OrphanKind {
  if (modified !== undefined && now - modified < young) return 'young';
  if (backing !== undefined) return 'overlay';
  if (lineage.overlaysOf(path).length > 0) return 'base';
  // A raw file may be anything that somebody has uploaded: media, firmware, an archive.
  if (format === undefined || ['raw', 'iso', 'unknown'].includes(format)) return 'media';
  return (mode & 0o222) === 0 ? 'base' : 'disk';
}
