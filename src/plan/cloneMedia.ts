import { posix } from 'node:path';
import type { Lineage } from '../lineage/lineage';
import type { NvramPlan } from './cloneNvram';
import { identityOf } from './identity';
import type { LinkedCloneAnswers } from './linkedClone';
import { poolAround, type PoolAround } from './transientPool';

/**
 * The pools that virt-clone must find around the directories of what a clone shares with its template: media, read-only
 * and shareable disks, UEFI variables that are not there yet. It would define pools there for good (HAZARDS 32).
 * @throws Refusal where an inactive pool stands in the way
 */
export function poolsForVirtClone(
  { template, facts, seed }: LinkedCloneAnswers,
  nvram: NvramPlan,
  lineage: Lineage,
): PoolAround[] {
  const files = template.disks.flatMap(({ source }) => source ?? []);
  if (facts.nvram !== undefined && nvram.path !== undefined && nvram.pools.length === 0)
    files.push(facts.nvram.path);
  const directories = new Set(files.map((file) => posix.dirname(file)));
  return [...directories]
    .filter((directory) => directory.startsWith('/') && !/^\/dev(\/|$)/.test(directory))
    .map((directory) => poolAround(directory, identityOf(seed, directory, new Set()).uuid('pool'), lineage))
    .filter(({ open }) => open.length > 0);
}
