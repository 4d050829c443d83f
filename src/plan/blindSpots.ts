import * as l10n from '@vscode/l10n';
import { isLocal } from '../host/commandLine';
import type { Disk, Domain } from '../host/domain';
import { holdsFiles } from '../host/pool';
import type { Lineage } from '../lineage/lineage';
import { Refusal } from './plan';

/**
 * What cannot be seen may stand on an image that would be deleted or written to.
 * @throws Refusal which names it, and how it comes into sight
 */
export function checkBlindSpots(lineage: Lineage): void {
  const { pools } = lineage.inventory;
  const inactive = pools.find((pool) => !pool.active && holdsFiles(pool));
  if (inactive !== undefined) {
    throw new Refusal(
      l10n.t(
        'The pool {0} is not active, and overlays in it may stand on these disks. Start it first (virsh pool-start), or undefine it where it is of no use any more (virsh pool-undefine).',
        inactive.name,
      ),
    );
  }
  checkUnread(lineage);
  const unread = [...pools, ...pools.flatMap((pool) => pool.volumes)].find(
    ({ problem }) => problem !== undefined,
  );
  if (unread !== undefined) refuseUnread(unread.name, unread.problem);
  const hidden = hiddenImage(lineage);
  if (hidden === undefined) return;
  throw new Refusal(
    l10n.t(
      '{0}, a disk of {1}, lies in no active pool and cannot be read from here, and may stand on these disks. Make its directory a pool, or let your user read it.',
      hidden.path,
      hidden.owner.name,
    ),
  );
}

/**
 * The same for a machine that is switched on, where it is meant to be a base: what runs every day is stood on by nobody,
 * or that is broken long since.
 */
export function checkBlindSpotsOfBase(domain: Domain, lineage: Lineage): void {
  const isTemplate = domain.mark?.kind === 'template';
  const hasClones = lineage.inventory.domains.some(
    ({ mark }) => mark?.kind === 'clone' && mark.of === domain.uuid,
  );
  const isReadOnly = lineage.imagesOf(domain).some((path) => {
    const mode = lineage.volume(path)?.mode;
    return mode !== undefined && (mode & 0o222) === 0;
  });
  if (isTemplate || hasClones || isReadOnly) checkBlindSpots(lineage);
}

/** A machine whose definition, or one of whose snapshots, cannot be read may use anything. */
export function checkUnread({ inventory: { domains } }: Lineage): void {
  const snapshots = domains.flatMap(({ name, baggage }) =>
    (baggage?.snapshots ?? []).map(({ problem }) => ({ name, problem })),
  );
  const unread = [...domains, ...snapshots].find(({ problem }) => problem !== undefined);
  if (unread !== undefined) refuseUnread(unread.name, unread.problem);
}

function refuseUnread(name: string, problem: string | undefined): never {
  throw new Refusal(l10n.t('{0} cannot be read, and may stand on these disks: {1}', name, problem ?? ''));
}

/** An image in no pool that may be an overlay; on another machine none of those can be read at all. */
function hiddenImage(lineage: Lineage): { readonly path: string; readonly owner: Domain } | undefined {
  const { uri, domains, hidden = [] } = lineage.inventory;
  const local = isLocal(uri);
  for (const owner of domains) {
    for (const disk of [...owner.disks, ...(owner.nextDisks ?? [])].filter(mayBeOverlay)) {
      const path = lineage.pathOf(disk);
      if (path === undefined || lineage.volume(path) !== undefined) continue;
      if (!local || hidden.includes(path)) return { path, owner };
    }
  }
  return undefined;
}

function mayBeOverlay({ device, type, format }: Disk): boolean {
  return device === 'disk' && (type === 'file' || type === 'block') && format !== 'raw';
}
