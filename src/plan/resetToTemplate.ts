import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, writableDisks, type Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { guardDomain } from './guard';
import { freeName } from './names';
import { namesIn, overlaySteps, planOverlay, type Overlay } from './overlay';
import { placeOf, runAt, type Place } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { discardStep } from './savedState';

/** What a person decides. */
export interface ResetAnswers {
  readonly domain: Domain;
  /** The user id here; undefined where there are none. */
  readonly me: number | undefined;
}

/** An overlay that is thrown away, and the empty one that comes into its place. */
interface Swap {
  readonly old: Volume;
  readonly fresh: Overlay;
  /** Where the old one is kept until the machine works with the new one. */
  readonly kept: string;
  readonly place: Place;
}

/** The overlays of a machine that hold what it has changed. */
export function ownOverlays(domain: Domain, lineage: Lineage): Volume[] {
  const images = writableDisks(domain).flatMap((disk) => lineage.volume(lineage.pathOf(disk) ?? '') ?? []);
  return images.filter(({ backing }) => backing !== undefined);
}

/**
 * The commands that throw away what a clone has changed: each of its overlays is replaced by an empty one of the same
 * path, and it is started again if it ran. The new one is made first, under another name; the old one is kept until
 * the machine stands on the new one, and comes back when a step fails.
 * @throws InUse where others stand on its overlays
 * @throws Refusal where it is no clone, or more than its overlays would be lost
 */
export function resetToTemplate({ domain, me }: ResetAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const { name } = domain;
  check(domain, lineage);
  const swaps = ownOverlays(domain, lineage).map((old) => swapOf(old, domain, lineage, me));
  if (swaps.length === 0)
    throw new Refusal(l10n.t('{0} stands on nothing: there is no template to go back to.', name));
  const title = l10n.t('Reset {0} to its template', name);
  return runnable({
    title,
    uri,
    notes: notesOn(domain, swaps),
    quick: swaps.every(({ place }) => place.ssh === undefined && !place.sudo),
    steps: [
      ...swaps.flatMap(({ fresh }) => overlaySteps(uri, fresh, 'vol-create')),
      ...(isActive(domain) ? [forceOff(uri, domain)] : []),
      ...(domain.baggage?.managedSave === true ? [discardStep(uri, domain)] : []),
      ...swaps.flatMap(swapSteps),
      ...swaps.flatMap((swap) => lookSteps(uri, swap)),
      ...(isActive(domain) ? [startAgain(uri, domain)] : []),
      ...swaps.map(({ kept }): Step => ({
        title: l10n.t('Delete what {0} had changed', name),
        spec: virsh(uri, 'vol-delete', '--vol', kept),
        verify: { kind: 'noVolume', path: kept },
      })),
    ],
  });
}

function check(domain: Domain, lineage: Lineage): void {
  const { name, baggage } = domain;
  guardDomain('reset', domain, lineage);
  if (!domain.persistent) throw new Refusal(l10n.t('{0} vanishes when it is switched off.', name));
  const snapshots = baggage?.snapshots.map((snapshot) => snapshot.name) ?? [];
  if (snapshots.length > 0) {
    throw new Refusal(
      l10n.t('{0} has snapshots, which would be lost: {1}. Delete them first.', name, snapshots.join(', ')),
    );
  }
  if (baggage?.checkpoints === true)
    throw new Refusal(l10n.t('{0} has checkpoints, which would be lost. Delete them first.', name));
  const sources = (disks: Domain['disks']) => JSON.stringify(disks.map((disk) => lineage.pathOf(disk)));
  if (domain.nextDisks !== undefined && sources(domain.nextDisks) !== sources(domain.disks))
    throw new Refusal(l10n.t('{0} has other disks after its next start. Restart it first.', name));
}

function swapOf(old: Volume, domain: Domain, lineage: Lineage, me: number | undefined): Swap {
  const { path, name, mode = 0o600 } = old;
  const pool = lineage.poolOf(old);
  const base = lineage.volume(old.backing?.path ?? '');
  if (pool?.path === undefined)
    throw new Refusal(l10n.t('{0} lies in no storage pool. Make its directory one.', path));
  if (base === undefined) {
    throw new Refusal(
      l10n.t(
        'The chain of {0} is broken: {1} is missing or cannot be read. Bring it back first.',
        path,
        old.backing?.path ?? '?',
      ),
    );
  }
  if ((mode & 0o222) === 0) {
    throw new Refusal(
      l10n.t(
        '{0} is read-only. Convert its template to a virtual machine first, or give it write permission.',
        name,
      ),
    );
  }
  const other = lineage.usersOf(path).find(({ uuid }) => uuid !== domain.uuid);
  if (other !== undefined)
    throw new Refusal(l10n.t('{0} also belongs to {1}, which would lose its contents.', name, other.name));
  const taken = namesIn(pool);
  const free = (end: string) => freeName(`${name}.${end}`, (wish) => !taken.has(wish));
  const capacity = Math.max(old.capacity, base.capacity);
  // Pools of devices do not tell what is in one.
  const format = base.format ?? (base.type === 'block' ? old.backing?.format : undefined);
  const fresh = planOverlay({ base, format, name: free('new'), pool, capacity }, lineage);
  const kept = `${path.slice(0, path.length - name.length)}${free('old')}`;
  return { old, fresh, kept, place: placeOf(lineage.inventory.uri, [old.owner], me) };
}

function forceOff(uri: string, { uuid, name }: Domain): Step {
  return {
    title: l10n.t('Force off {0}', name),
    spec: virsh(uri, 'destroy', '--domain', uuid),
    verify: { kind: 'state', domain: uuid, active: false },
  };
}

/** A second name for the old image, then the new one under the first: at no moment is there none. */
function swapSteps({ old, fresh, kept, place }: Swap): Step[] {
  return [
    {
      title: l10n.t('Keep {0} for now', old.name),
      spec: runAt(place, { file: 'ln', args: ['-T', '--', old.path, kept] }),
      atomic: true,
      undo: {
        kind: 'restore',
        title: l10n.t('Keep {0} under one name', old.name),
        done: l10n.t('{0} has one name again', old.name),
        specs: [runAt(place, { file: 'rm', args: ['-f', '--', kept] })],
      },
    },
    {
      title: l10n.t('Put the empty overlay in the place of {0}', old.name),
      spec: runAt(place, { file: 'mv', args: ['-T', '--', fresh.path, old.path] }),
      atomic: true,
      undo: {
        kind: 'restore',
        title: l10n.t('Put {0} back', old.name),
        done: l10n.t('{0} is as it was', old.name),
        specs: [runAt(place, { file: 'mv', args: ['-T', '--', kept, old.path] })],
      },
    },
  ];
}

function lookSteps(uri: string, { old, fresh }: Swap): Step[] {
  const { pool, base, baseFormat, capacity } = fresh;
  return [
    {
      title: l10n.t('Let the pool {0} look at its images again', pool.name),
      spec: virsh(uri, 'pool-refresh', '--pool', pool.uuid),
      verify: { kind: 'noVolume', path: fresh.path },
    },
    {
      title: l10n.t('Look at {0} again', old.name),
      spec: virsh(uri, 'vol-dumpxml', '--vol', old.path),
      verify: { kind: 'overlay', path: old.path, backing: base.path, backingFormat: baseFormat, capacity },
    },
  ];
}

function startAgain(uri: string, { uuid, name }: Domain): Step {
  return {
    title: l10n.t('Start {0}', name),
    spec: virsh(uri, 'start', '--domain', uuid),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Force off {0}', name),
      done: l10n.t('{0} was switched off', name),
      specs: [virsh(uri, 'destroy', '--domain', uuid)],
    },
    verify: { kind: 'state', domain: uuid, active: true },
  };
}

/** What stays although it is the machine's own. */
function notesOn(domain: Domain, swaps: readonly Swap[]): string[] {
  const fresh = new Set(swaps.map(({ old }) => old.path));
  const others = writableDisks(domain).filter(({ source }) => source === undefined || !fresh.has(source));
  return [
    ...(others.length === 0
      ? []
      : [
          l10n.t(
            'These disks stand on nothing and stay as they are: {0}.',
            others.map(({ target }) => target).join(', '),
          ),
        ]),
    ...(domain.nvram ? [l10n.t('Its UEFI variables stay as they are.')] : []),
  ];
}
