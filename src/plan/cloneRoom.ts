import type { Pool } from '../host/pool';
import type { Lineage } from '../lineage/lineage';
import type { LinkedDisk } from './cloneDisks';
import type { NvramPlan } from './cloneNvram';
import { tooLittleRoom } from './images';
import { leastSpace } from './overlay';

/**
 * Whether the pools have room for all the overlays and UEFI variables of one gesture, before the first is made.
 * @throws Refusal
 */
export function checkCloneRoom(
  clones: readonly { readonly disks: readonly LinkedDisk[]; readonly nvram: NvramPlan }[],
  lineage: Lineage,
): void {
  const needed = new Map<Pool, number>();
  const add = (pool: Pool, bytes: number) => needed.set(pool, (needed.get(pool) ?? 0) + bytes);
  for (const { disks, nvram } of clones) {
    for (const { overlay } of disks) add(overlay.pool, leastSpace);
    // Of what is no pool yet, nobody knows the room.
    for (const { uuid } of nvram.pools)
      for (const pool of lineage.inventory.pools) if (pool.uuid === uuid) add(pool, nvram.bytes);
  }
  for (const [pool, bytes] of needed) if (bytes > pool.available) throw tooLittleRoom(pool, bytes);
}
