import * as l10n from '@vscode/l10n';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import {
  checkNoSnapshots,
  growth,
  idleOverlay,
  lookAgain,
  noteLink,
  rebaseCommand,
  type IdleOverlay,
} from './images';
import { runAt } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';

/** What a person decides when overlays move to another base. */
export interface RebaseAnswers {
  readonly images: readonly Volume[];
  readonly base: Volume;
  /** Seconds since 1970. */
  readonly now: number;
  readonly me: number | undefined;
}

/**
 * The commands that let overlays stand on another version of their base, with the contents that they have: what differs
 * between the two bases is copied into them (the safe mode of qemu-img).
 * @throws Refusal where it cannot be done or would not be safe
 */
export function rebase({ images, base, now, me }: RebaseAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  if (images.length === 0) throw new Refusal(l10n.t('Nothing stands on it that could be rebased.'));
  const { format } = base;
  if (format === undefined) {
    throw new Refusal(
      l10n.t('libvirt does not know the format of {0}. Refresh its pool and try again.', base.path),
    );
  }
  const overlays = images.map((image) => checked(idleOverlay(image, lineage, me), base, lineage));
  const owner = lineage.usersOf(base.path).find((user) => lineage.writesTo(user, base.path))?.uuid;
  const users = new Map(overlays.flatMap(({ users: all }) => all.map((user) => [user.uuid, user] as const)));
  const former = overlays.map(({ backing }) => backing.path);
  return runnable({
    title: l10n.t('Rebase {0} onto {1}', images.map(({ name }) => name).join(', '), base.name),
    uri,
    notes: [
      l10n.t('The contents stay as they are: what differs between the bases is copied.'),
      ...tightPools(images, lineage).map(({ name }) =>
        l10n.t(
          'The pool {0} has less room than the bases take. Where they differ in more than that, the copying ends, and everything stays as it was.',
          name,
        ),
      ),
      ...overlays
        .filter(({ image, users: all }) => all.length === 0 && isYounger(base, image, lineage))
        .map(({ image }) =>
          l10n.t(
            '{0} has no machine in whose metadata its new base could be noted, so it will be shown as if that had been changed under it.',
            image.name,
          ),
        ),
    ],
    steps: [
      ...overlays.map((overlay) => rebaseStep(overlay, base, format)),
      ...[...users.values()].flatMap((user) => noteLink(uri, user, { of: owner, since: now, base, former })),
      ...lookAgain(images, lineage, new Map(images.map((image) => [image, base.path]))),
    ],
  });
}

function isYounger({ modified = 0 }: Volume, { path }: Volume, lineage: Lineage): boolean {
  return modified > (lineage.inventory.facts?.get(path)?.born ?? Infinity);
}

/** Pools that could not take all of the bases; how much of them differs is known only when it has been copied. */
function tightPools(images: readonly Volume[], lineage: Lineage): Pool[] {
  const pools = new Set(images.flatMap((image) => lineage.poolOf(image) ?? []));
  return [...pools].filter((pool) => {
    const inIt = images.filter((image) => lineage.poolOf(image) === pool);
    return inIt.reduce((sum, image) => sum + growth(image, lineage), 0) > pool.available;
  });
}

/**
 * The overlays that a rebase is about: those of machines, and of a template or a base without overlay those that stand
 * on it. Of a clone that is chosen together with its own clones, it is the one that moves.
 */
export function overlaysToRebase(chosen: readonly Volume[], lineage: Lineage): Volume[] {
  const isChosen = (path: string) => chosen.some((one) => lineage.same(one.path, path));
  const found = chosen
    .filter(({ path }) => !lineage.chain(path).some(isChosen))
    .flatMap((image) => {
      const above = lineage.overlaysOf(image.path);
      const moves = image.backing !== undefined && above.some(({ path }) => isChosen(path));
      if (above.length > 0 && !moves) return above;
      return image.backing === undefined ? [] : [image];
    });
  return [...new Set(found)];
}

/** Whether an overlay could stand on this image at all. */
export function canStandOn(image: Volume, base: Volume, lineage: Lineage): boolean {
  return (
    !lineage.same(image.path, base.path) &&
    base.capacity <= image.capacity &&
    !lineage.chain(base.path).some((path) => lineage.same(path, image.path))
  );
}

function checked(overlay: IdleOverlay, base: Volume, lineage: Lineage): IdleOverlay {
  const { image, backing } = overlay;
  checkNoSnapshots(image, lineage);
  if (lineage.same(backing.path, base.path)) {
    throw new Refusal(l10n.t('{0} stands on {1} already.', image.name, base.name));
  }
  if (!canStandOn(image, base, lineage)) {
    throw new Refusal(
      l10n.t('{0} cannot stand on {1}, which is larger or stands on it itself.', image.name, base.name),
    );
  }
  for (const path of [image.path, ...lineage.chain(image.path), base.path, ...lineage.chain(base.path)]) {
    const below = lineage.volume(path)?.backing;
    if (below?.found !== false || lineage.volume(below.path) !== undefined) continue;
    throw new Refusal(
      l10n.t(
        'The base {0} of {1} is missing, so its contents cannot be kept. Relink it to where its base is now first.',
        below.path,
        path,
      ),
    );
  }
  const writer = lineage.usersOf(base.path).find((user) => lineage.writesNow(user, base.path));
  if (writer !== undefined) {
    throw new Refusal(
      l10n.t('{0} is being written to by {1}, which is running. Shut it down first.', base.path, writer.name),
    );
  }
  return overlay;
}

function rebaseStep(overlay: IdleOverlay, base: Volume, format: string): Step {
  const { image, backing, place } = overlay;
  return {
    title: l10n.t('Rebase {0} onto {1}', image.name, base.name),
    spec: rebaseCommand(overlay, base.path, format, '-p'),
    undo: {
      kind: 'restore',
      title: l10n.t('Rebase {0} onto {1}', image.name, backing.path),
      done: l10n.t('{0} stands where it stood', image.name),
      specs: [
        rebaseCommand(overlay, backing.path, backing.format, '-p'),
        runAt(place, { file: 'qemu-img', args: ['check', '-q', '-r', 'leaks', '-f', 'qcow2', image.path] }),
      ],
    },
  };
}
