import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain, type Mark } from '../host/domain';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { guardImage } from './guard';
import { recordsOf } from './mark';
import { markStep } from './markStep';
import { placeOf, runAt, type Place } from './place';
import { Refusal, type Step } from './plan';

/** An overlay that no machine uses now, and how qemu-img reaches it. */
export interface IdleOverlay {
  readonly image: Volume;
  readonly backing: NonNullable<Volume['backing']>;
  readonly place: Place;
  readonly users: readonly Domain[];
}

/**
 * An overlay whose header and contents may be changed.
 * @param freed overlays that do not stand on it any more by then
 * @throws Refusal where it is none, is in use, read-only or the base of others
 */
export function idleOverlay(
  image: Volume,
  lineage: Lineage,
  me: number | undefined,
  freed: ReadonlySet<string> = new Set(),
): IdleOverlay {
  guardImage('change', image.path, lineage, freed);
  const overlay = unusedOverlay(image, lineage, me, freed);
  if (!isWritable(image)) {
    throw new Refusal(
      l10n.t(
        '{0} is read-only. Convert its template to a virtual machine first, or give it write permission.',
        image.name,
      ),
    );
  }
  return overlay;
}

/** Whether somebody may write to an image; where that cannot be seen, it is taken for so. */
export function isWritable({ mode }: Volume): boolean {
  return mode === undefined || (mode & 0o222) !== 0;
}

/**
 * An overlay whose header may be changed, as long as it stays the same for those who read it.
 * @throws Refusal where it is none, or it or what stands on it is in use
 */
export function unusedOverlay(
  image: Volume,
  lineage: Lineage,
  me: number | undefined,
  freed: ReadonlySet<string> = new Set(),
): IdleOverlay {
  const { backing, name, path } = image;
  if (backing === undefined) throw new Refusal(l10n.t('{0} stands on nothing.', name));
  if (image.format !== 'qcow2')
    throw new Refusal(l10n.t('{0} is {1}, not qcow2.', name, image.format ?? '?'));
  const users = lineage.usersOf(path);
  const above = lineage
    .dependantsOf(path)
    .flatMap(({ volume, domains }) => (freed.has(volume.path) ? [] : domains));
  const running = [...users, ...above].find(isActive);
  if (running !== undefined) {
    throw new Refusal(
      l10n.t('{0} is in use by {1}, which is running. Shut it down first.', name, running.name),
    );
  }
  const saved = users.find(({ baggage }) => baggage?.managedSave === true);
  if (saved !== undefined) {
    throw new Refusal(
      l10n.t(
        'The memory of {0} is saved, and goes on with this image. Start it and shut it down first.',
        saved.name,
      ),
    );
  }
  const stated = users.find(({ disks }) => disks.some((disk) => disk.backingStated && disk.source === path));
  if (stated !== undefined) {
    throw new Refusal(
      l10n.t(
        'The definition of {0} states a backing store itself. Take it out with virsh edit first.',
        stated.name,
      ),
    );
  }
  return { image, backing, users, place: placeOf(lineage.inventory.uri, [image.owner], me) };
}

/**
 * Only the present state of an image is carried over to another base. A snapshot inside it goes on reading what it has
 * not got itself from below, and would find something else there, or zeros.
 * @throws Refusal where there is one
 */
export function checkNoSnapshots({ name, path }: Volume, lineage: Lineage): void {
  for (const user of lineage.usersOf(path)) {
    const inside = (user.baggage?.snapshots ?? []).filter(({ inside: kept = [] }) =>
      kept.some((one) => lineage.same(one, path)),
    );
    if (inside.length === 0) continue;
    throw new Refusal(
      l10n.t(
        '{0} has snapshots of {1} in it ({2}), which would lose what they read from the base. Delete them first: virsh snapshot-delete',
        name,
        user.name,
        inside.map((snapshot) => snapshot.name).join(', '),
      ),
    );
  }
  const count = lineage.inventory.facts?.get(path)?.header?.snapshots ?? 0;
  if (count === 0) return;
  throw new Refusal(
    l10n.t(
      '{0} has snapshots in it, which would lose what they read from the base. See them with qemu-img snapshot -l, and delete them first: qemu-img snapshot -d',
      name,
    ),
  );
}

/** `qemu-img rebase` of an overlay onto another base; an empty one makes it independent. */
export function rebaseCommand(
  { image, place }: IdleOverlay,
  base: string,
  format: string | undefined,
  ...options: readonly string[]
) {
  const onto = format === undefined ? [] : ['-F', format];
  return runAt(place, {
    file: 'qemu-img',
    args: ['rebase', ...options, '-f', 'qcow2', ...onto, '-b', base, '--', image.path],
  });
}

/** Lets libvirt look again at images whose headers were changed: until then it shows the former base. */
export function lookAgain(
  images: readonly Volume[],
  lineage: Lineage,
  expected: ReadonlyMap<Volume, string | undefined>,
): Step[] {
  const { uri } = lineage.inventory;
  const pools = new Set(images.flatMap((image) => lineage.poolOf(image) ?? []));
  return [...pools].flatMap((pool) => {
    const inIt = images.filter((image) => lineage.poolOf(image) === pool);
    return inIt.map((image, index): Step => ({
      title:
        index === 0
          ? l10n.t('Let the pool {0} look at its images again', pool.name)
          : l10n.t('Look at {0} again', image.name),
      spec:
        index === 0
          ? virsh(uri, 'pool-refresh', '--pool', pool.uuid)
          : virsh(uri, 'vol-dumpxml', '--vol', image.path),
      verify: { kind: 'standsOn', path: image.path, backing: expected.get(image) },
    }));
  });
}

/** A machine that is put on another base, at a moment in seconds since 1970. */
export interface NewLink {
  /** The machine that owns the base. */
  readonly of: string | undefined;
  readonly since: number;
  readonly base: Volume;
  /** What it stood on before. */
  readonly former: readonly string[];
}

/** Notes in the metadata of a machine since when it stands on its present base, lest it be taken for older. */
export function noteLink(uri: string, domain: Domain, { of, since, base, former }: NewLink): Step[] {
  if (domain.mark?.kind === 'template') return [];
  const others = (domain.mark?.bases ?? []).filter(
    ({ path }) => path !== base.path && !former.includes(path),
  );
  const bases = [...others, ...(recordsOf([base]).bases ?? [])];
  const seed = domain.mark?.seed;
  const mark: Mark = {
    kind: 'clone',
    of,
    since,
    ...(bases.length === 0 ? {} : { bases }),
    ...(seed === undefined ? {} : { seed }),
  };
  return [markStep(uri, domain, mark, l10n.t('Mark {0} as a linked clone', domain.name))];
}

/**
 * Refuses where a pool has too little room.
 * @param needed bytes that each image may grow by
 */
export function checkRoom(needed: ReadonlyMap<Volume, number>, lineage: Lineage): void {
  const byPool = new Map<Pool, number>();
  for (const [image, bytes] of needed) {
    const pool = lineage.poolOf(image);
    if (pool === undefined) continue;
    byPool.set(pool, (byPool.get(pool) ?? 0) + bytes);
  }
  for (const [pool, bytes] of byPool) if (bytes > pool.available) throw tooLittleRoom(pool, bytes);
}

/** That a pool has less room than these bytes. */
export function tooLittleRoom({ name, available }: Pool, bytes: number): Refusal {
  return new Refusal(
    l10n.t(
      'The pool {0} has too little room: {1} bytes are needed, {2} are free.',
      name,
      Math.ceil(bytes),
      available,
    ),
  );
}

/** How much an overlay may grow when all below it is copied into it, where nobody has measured it: bytes. */
export function growth(image: Volume, lineage: Lineage): number {
  const below = lineage.chain(image.path).flatMap((path) => lineage.volume(path) ?? []);
  const data = below.reduce((sum, { allocation }) => sum + allocation, 0);
  return Math.max(0, Math.min(image.capacity, data));
}
