import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import { holdsFiles } from '../host/pool';
import type { Volume } from '../host/volume';
import { namesOf, type Lineage } from '../lineage/lineage';
import { Refusal, runnable, type Plan } from './plan';

/** A removal and what it takes along, for the question before it. */
export interface Removal {
  readonly plan: Plan;
  /** The overlays that are deleted. */
  readonly deleted: readonly Volume[];
  /** The images that stay, although the machine used them. */
  readonly kept: readonly string[];
}

/**
 * The commands that delete a machine and the overlays that are its alone, by explicit list. Never a base, never media,
 * never a file that another machine uses: `undefine --remove-all-storage` would take all of those (HAZARDS 25).
 * @throws Refusal where the machine runs or others stand on it
 */
export function remove(domain: Domain, lineage: Lineage): Removal {
  const { uri } = lineage.inventory;
  if (isActive(domain)) {
    throw new Refusal(l10n.t('{0} is not switched off. Shut it down or force it off first.', domain.name));
  }
  const dependants = lineage.dependantsOfDomain(domain);
  if (dependants.length > 0) {
    throw new Refusal(
      l10n.t(
        '{0} cannot be deleted: its disks are the base of {1}. Delete what stands on it first.',
        domain.name,
        namesOf(dependants),
      ),
    );
  }
  const deleted = ownOverlays(domain, lineage);
  if (deleted.length > 0) checkBlindSpots(lineage);
  const gone = new Set(deleted.map((volume) => volume.path));
  const used = new Set(domain.disks.flatMap((disk) => lineage.pathOf(disk) ?? []));
  const title = l10n.t('Delete {0}', domain.name);
  return {
    deleted,
    kept: [...used].filter((path) => !gone.has(path)),
    plan: runnable({
      title,
      uri,
      notes: [],
      steps: [
        {
          title,
          spec: virsh(uri, 'undefine', '--domain', domain.uuid, ...(domain.nvram ? ['--nvram'] : [])),
          verify: { kind: 'noDomain', uuid: domain.uuid },
        },
        ...deleted.map(({ name, path }) => ({
          title: l10n.t('Delete the overlay {0}', name),
          spec: virsh(uri, 'vol-delete', '--vol', path),
          verify: { kind: 'noVolume', path } as const,
        })),
      ],
    }),
  };
}

function ownOverlays(domain: Domain, lineage: Lineage): Volume[] {
  return lineage.imagesOf(domain).flatMap((path) => {
    const volume = lineage.volume(path);
    const shared = lineage.usersOf(path).some((user) => user.uuid !== domain.uuid);
    const deletable = volume?.backing !== undefined && lineage.poolOf(volume) !== undefined && !shared;
    return deletable ? [volume] : [];
  });
}

/** What cannot be seen may stand on an image that would be deleted. */
function checkBlindSpots({ inventory: { pools, domains } }: Lineage): void {
  const inactive = pools.find((pool) => !pool.active && holdsFiles(pool));
  if (inactive !== undefined) {
    throw new Refusal(
      l10n.t(
        'The pool {0} is not active, and overlays in it may stand on these disks. Start it first.',
        inactive.name,
      ),
    );
  }
  const unread = [...domains, ...pools, ...pools.flatMap((pool) => pool.volumes)].find(
    ({ problem }) => problem !== undefined,
  );
  if (unread === undefined) return;
  throw new Refusal(
    l10n.t('{0} cannot be read, and may stand on these disks: {1}', unread.name, unread.problem ?? ''),
  );
}
