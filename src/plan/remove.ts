import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { checkBlindSpots } from './blindSpots';
import { guardDomain, guardImage } from './guard';
import { Refusal, runnable, type Plan, type Step } from './plan';

/** A removal and what it takes along, for the question before it. */
export interface Removal {
  readonly plan: Plan;
  /** The volumes that are deleted. */
  readonly deleted: readonly Volume[];
  /** The images that stay, although a machine used them. */
  readonly kept: readonly string[];
  /** The overlays that are a machine's alone and stay all the same, because they lie in no pool. */
  readonly outside: readonly Volume[];
}

/** What is to be deleted. */
export interface Doomed {
  readonly domains: readonly Domain[];
  readonly volumes: readonly Volume[];
}

/** The removal of one machine. */
export function remove(domain: Domain, lineage: Lineage): Removal {
  return removeAll({ domains: [domain], volumes: [] }, lineage);
}

/**
 * The commands that delete machines with the overlays that are theirs alone, and volumes, by explicit list. Never a base,
 * never media, never a file that another machine uses: `undefine --remove-all-storage` would take all of those
 * (HAZARDS 25).
 * @throws Refusal where a machine runs or a volume belongs to one, InUse where others stand on them
 */
export function removeAll(doomed: Doomed, lineage: Lineage): Removal {
  const { uri } = lineage.inventory;
  const { domains } = doomed;
  for (const domain of domains) checkOff(domain);
  const own = ownOverlays(domains, lineage);
  const outside = own.filter((volume) => lineage.poolOf(volume) === undefined);
  const deleted = leavesFirst(
    new Set([...own.filter((volume) => !outside.includes(volume)), ...doomed.volumes]),
    lineage,
  );
  const gone = new Set([...deleted, ...outside].map(({ path }) => path));
  for (const domain of domains) guardDomain('delete', domain, lineage, gone);
  for (const volume of doomed.volumes) checkVolume(volume, doomed, lineage, gone);
  if (deleted.length > 0) checkBlindSpots(lineage);
  const used = domains.flatMap((domain) => domain.disks.flatMap((disk) => lineage.pathOf(disk) ?? []));
  const names = [...domains, ...doomed.volumes].map(({ name }) => name);
  const title = names.length === 1 ? titleOf(names[0] ?? '') : l10n.t('Delete {0} items', names.length);
  return {
    deleted,
    outside,
    kept: [...new Set([...used, ...domains.flatMap(snapshotImages)])].filter((path) => !gone.has(path)),
    plan: runnable({
      title,
      uri,
      notes: [],
      steps: [
        ...domains.map((domain) => undefine(uri, domain, lineage)),
        ...deleted.map((volume) => volDelete(uri, volume)),
      ],
    }),
  };
}

function titleOf(name: string): string {
  return l10n.t('Delete {0}', name);
}

function checkOff(domain: Domain): void {
  if (isActive(domain)) {
    throw new Refusal(l10n.t('{0} is not switched off. Shut it down or force it off first.', domain.name));
  }
}

function checkVolume(volume: Volume, doomed: Doomed, lineage: Lineage, gone: ReadonlySet<string>): void {
  const { name, path, type } = volume;
  if (lineage.poolOf(volume) === undefined) {
    throw new Refusal(l10n.t('{0} lies in no active storage pool, so libvirt cannot delete it.', path));
  }
  if (type !== 'file' && type !== 'block') {
    throw new Refusal(l10n.t('{0} is of type {1}, which is not deleted from here.', name, type));
  }
  guardImage('deleteVolume', path, lineage, gone);
  const user = lineage.usersOf(path).find(({ uuid }) => doomed.domains.every((one) => one.uuid !== uuid));
  if (user !== undefined) {
    throw new Refusal(
      l10n.t('{0} belongs to {1}. Delete that virtual machine, or detach it first.', name, user.name),
    );
  }
}

function undefine(uri: string, domain: Domain, lineage: Lineage): Step {
  const { uuid, baggage } = domain;
  const shared = lineage.inventory.domains.some(
    (other) => other.uuid !== uuid && other.nvramFile !== undefined && other.nvramFile === domain.nvramFile,
  );
  const flags = [
    ...(domain.nvram ? [shared ? '--keep-nvram' : '--nvram'] : []),
    ...(baggage?.managedSave === true ? ['--managed-save'] : []),
    // Only what libvirt knows of them: images that they made are deleted by the list, if they are the machine's alone.
    ...((baggage?.snapshots.length ?? 0) > 0 ? ['--snapshots-metadata'] : []),
    ...(baggage?.checkpoints === true ? ['--checkpoints-metadata'] : []),
    ...(domain.tpmStays === true ? ['--tpm'] : []),
  ];
  return {
    title: titleOf(domain.name),
    spec: virsh(uri, 'undefine', '--domain', uuid, ...flags),
    verify: { kind: 'noDomain', uuid },
  };
}

function volDelete(uri: string, { name, path, backing }: Volume): Step {
  return {
    title:
      backing === undefined ? l10n.t('Delete the volume {0}', name) : l10n.t('Delete the overlay {0}', name),
    spec: virsh(uri, 'vol-delete', '--vol', path),
    verify: { kind: 'noVolume', path },
  };
}

function snapshotImages({ baggage }: Domain): string[] {
  return baggage?.snapshots.flatMap(({ images }) => images) ?? [];
}

/** What a snapshot only read is somebody else's, or shared: an overlay with data, a seed for the first start. */
function writtenBySnapshots({ baggage }: Domain): string[] {
  return baggage?.snapshots.flatMap(({ written }) => written ?? []) ?? [];
}

/**
 * The overlays that are these machines' alone: those they write to, and those that stood there before a snapshot; and
 * the seeds that were made for them. What others use or stand on is not among them.
 */
function ownOverlays(domains: readonly Domain[], lineage: Lineage): Volume[] {
  const mine = new Set(domains.map(({ uuid }) => uuid));
  const images = domains.flatMap((domain) => [...lineage.imagesOf(domain), ...writtenBySnapshots(domain)]);
  const found = new Set<Volume>();
  for (const path of images) {
    const volume = lineage.volume(path);
    if (volume?.backing === undefined) continue;
    if (lineage.usersOf(path).every(({ uuid }) => mine.has(uuid))) found.add(volume);
  }
  for (const { mark } of domains) {
    const seed = mark?.seed === undefined ? undefined : lineage.volume(mark.seed);
    if (seed !== undefined && lineage.usersOf(seed.path).every(({ uuid }) => mine.has(uuid))) found.add(seed);
  }
  // What stays may stand on one of them, which then stays too, and so on down.
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const volume of found) {
      const isTop = domains.some((domain) => lineage.writesTo(domain, volume.path));
      const stays = lineage.overlaysOf(volume.path).some((overlay) => !found.has(overlay));
      if (stays && !isTop) found.delete(volume);
    }
  }
  return [...found];
}

/** Nothing is deleted under what stands on it, also when the plan ends in between. */
function leavesFirst(volumes: ReadonlySet<Volume>, lineage: Lineage): Volume[] {
  const depth = new Map([...volumes].map((volume) => [volume, lineage.chain(volume.path).length]));
  return [...volumes].sort((a, b) => (depth.get(b) ?? 0) - (depth.get(a) ?? 0));
}
