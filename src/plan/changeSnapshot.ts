import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import type { Domain, Snapshot } from '../host/domain';
import { versionText, type LibvirtVersion } from '../host/libvirtVersion';
import { isExternal } from '../host/snapshot';
import type { Dependant, Lineage } from '../lineage/lineage';
import { guardDomain, guardImage } from './guard';
import { placeOf, runAt } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { checkNotSaved } from './savedState';
import { externalDelete, externalRevert } from './snapshot';

/** A snapshot that is to be reverted to, or deleted. */
export interface ChangeAnswers {
  readonly domain: Domain;
  readonly snapshot: Snapshot;
  /** The version of libvirt; undefined where it is not known. */
  readonly libvirt: LibvirtVersion | undefined;
  /** The user id here; undefined where there are none. */
  readonly me: number | undefined;
}

/**
 * A snapshot of a machine by its name.
 * @throws Refusal where there is none
 */
export function findSnapshot(domain: Domain, name: string): Snapshot {
  const found = domain.baggage?.snapshots.find((snapshot) => snapshot.name === name);
  if (found !== undefined) return found;
  throw new Refusal(l10n.t('{0} has no snapshot "{1}".', domain.name, name));
}

/**
 * The commands that set a machine back to a snapshot: what it has written since is lost.
 * @throws InUse where others stand on what would be written to
 * @throws Refusal where libvirt cannot do it
 */
export function revertToSnapshot({ domain, snapshot, libvirt }: ChangeAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const { name } = snapshot;
  guard(domain, snapshot, lineage);
  checkNotSaved(domain);
  if (isExternal(snapshot)) checkVersion('revert', libvirt);
  const title = l10n.t('Revert {0} to the snapshot {1}', domain.name, name);
  const step: Step = {
    title,
    spec: virsh(uri, 'snapshot-revert', '--domain', domain.uuid, '--snapshotname', name),
    verify: { kind: 'snapshot', domain: domain.uuid, name, is: 'current' },
  };
  const steps = isExternal(snapshot) ? [step, ...refreshes(snapshot, lineage)] : [step];
  return runnable({ title, uri, notes: [], steps });
}

/**
 * The commands that delete a snapshot; the machine stays as it is. One that made an overlay is merged into the image
 * below it, which nobody else may stand on (HAZARDS 22).
 * @throws InUse where others stand on what would be written to
 * @throws Refusal where libvirt cannot do it
 */
export function deleteSnapshot(answers: ChangeAnswers, lineage: Lineage): Plan {
  const { domain, snapshot, libvirt, me } = answers;
  const { uri } = lineage.inventory;
  const { name } = snapshot;
  guard(domain, snapshot, lineage);
  const merged = isExternal(snapshot) ? checkMerge(domain, snapshot, lineage, libvirt) : [];
  const title = l10n.t('Delete the snapshot {0} of {1}', name, domain.name);
  const step: Step = {
    title,
    spec: virsh(uri, 'snapshot-delete', '--domain', domain.uuid, '--snapshotname', name),
    verify: { kind: 'snapshot', domain: domain.uuid, name, is: 'gone' },
  };
  return runnable({
    title,
    uri,
    notes: merged.map(({ overlay, base }) => l10n.t('{0} is merged into {1} and deleted.', overlay, base)),
    steps: [step, ...removeMemory(snapshot, lineage, me), ...refreshes(snapshot, lineage, true)],
  });
}

function guard(domain: Domain, snapshot: Snapshot, lineage: Lineage): void {
  const { name, problem } = snapshot;
  if (problem !== undefined) throw new Refusal(l10n.t('{0} cannot be read: {1}', name, problem));
  guardDomain('snapshot', domain, lineage);
  // What lies in an image is changed there, also where the machine has gone on in an overlay on it.
  if (!isExternal(snapshot))
    for (const path of snapshot.inside ?? snapshot.images) guardImage('snapshot', path, lineage);
}

function checkVersion(act: 'revert' | 'delete', libvirt: LibvirtVersion | undefined): void {
  const needed = act === 'revert' ? externalRevert : externalDelete;
  if (libvirt === undefined || libvirt >= needed) return;
  const [has, needs] = [versionText(libvirt), versionText(needed)];
  throw new Refusal(
    act === 'revert'
      ? l10n.t('libvirt {0} cannot revert to an external snapshot; {1} can.', has, needs)
      : l10n.t('libvirt {0} cannot delete an external snapshot; {1} can.', has, needs),
  );
}

function checkMerge(
  domain: Domain,
  snapshot: Snapshot,
  lineage: Lineage,
  libvirt: LibvirtVersion | undefined,
): { overlay: string; base: string }[] {
  checkVersion('delete', libvirt);
  checkNotSaved(domain);
  const all = domain.baggage?.snapshots ?? [];
  const parent = all.find(({ name }) => name === snapshot.parent);
  const inside = all.find((other) => other.parent === snapshot.name && !isExternal(other));
  if (parent !== undefined && !isExternal(parent)) {
    throw new Refusal(
      l10n.t('libvirt merges no overlay into an image that holds a snapshot. Delete {0} first.', parent.name),
    );
  }
  if (inside !== undefined) {
    throw new Refusal(
      l10n.t('The snapshot {0} lies in the overlay that would be merged. Delete it first.', inside.name),
    );
  }
  return (snapshot.made ?? []).map((path) => mergeOf(path, domain, lineage));
}

/** @throws InUse, Refusal where anybody else has to do with the overlay, or with the image below it */
function mergeOf(path: string, domain: Domain, lineage: Lineage): { overlay: string; base: string } {
  const overlay = lineage.volume(path);
  const base = overlay?.backing === undefined ? undefined : lineage.volume(overlay.backing.path);
  if (overlay === undefined || base === undefined) {
    throw new Refusal(l10n.t('It is not known what {0} stands on. Make its directory a pool.', path));
  }
  const own = lineage.dependantsOf(base.path).filter(({ domains }: Dependant) => onlyOf(domains, domain));
  guardImage('commit', base.path, lineage, new Set(own.map(({ volume }) => volume.path)));
  const other = lineage.usersOf(base.path).find(({ uuid }) => uuid !== domain.uuid);
  if (other !== undefined) {
    throw new Refusal(
      l10n.t('{0} also belongs to {1}, whose disk the merging would change.', base.name, other.name),
    );
  }
  return { overlay: overlay.name, base: base.name };
}

function onlyOf(domains: readonly Domain[], { uuid }: Domain): boolean {
  return domains.length > 0 && domains.every((one) => one.uuid === uuid);
}

/** libvirt before 9.9 leaves the file with the memory behind; later ones do not. */
function removeMemory({ memory }: Snapshot, lineage: Lineage, me: number | undefined): Step[] {
  if (memory?.file === undefined) return [];
  const owner = lineage.volume(memory.file)?.owner;
  const place = placeOf(lineage.inventory.uri, [owner], me);
  return [
    {
      title: l10n.t('Delete its memory {0}', memory.file),
      spec: runAt(place, { file: 'rm', args: ['-f', '--', memory.file] }),
    },
  ];
}

/** libvirt's pools do not see by themselves what a snapshot has made or left. */
function refreshes({ made = [], memory }: Snapshot, lineage: Lineage, gone = false): Step[] {
  const files = [...made, ...(memory?.file === undefined ? [] : [memory.file])];
  return files.flatMap((path) => {
    const volume = lineage.volume(path);
    const pool = volume === undefined ? undefined : lineage.poolOf(volume);
    if (pool === undefined) return [];
    return [
      {
        title: l10n.t('Let the pool {0} look at its images again', pool.name),
        spec: virsh(lineage.inventory.uri, 'pool-refresh', '--pool', pool.uuid),
        ...(gone ? { verify: { kind: 'noVolume', path } as const } : {}),
      },
    ];
  });
}
