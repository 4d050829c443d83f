import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, writableDisks, type Disk, type Domain } from '../host/domain';
import type { LibvirtVersion } from '../host/libvirtVersion';
import type { Lineage } from '../lineage/lineage';
import { guardDomain } from './guard';
import { freeName, snapshotNameProblem, volumeNameProblem } from './names';
import { namesIn } from './overlay';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { checkNotSaved } from './savedState';

/** Where a snapshot lies: in the images themselves, or as overlays on which the machine goes on. */
export const storages = ['internal', 'external'] as const;
export type Storage = (typeof storages)[number];

/** Since when libvirt can do with external snapshots what it could always do with internal ones. */
export const externalDelete: LibvirtVersion = 9_000_000;
export const externalRevert: LibvirtVersion = 9_009_000;
// Since then it can also put the UEFI variables into an image that holds snapshots.
const internalWithNvram: LibvirtVersion = 10_010_000;

/** What a person decides about a new snapshot. */
export interface SnapshotAnswers {
  readonly domain: Domain;
  readonly name: string;
  readonly description: string;
  /** Whether the memory of a machine that runs is kept too. */
  readonly memory: boolean;
  readonly storage: Storage;
  /** The version of libvirt; undefined where it is not known. */
  readonly libvirt: LibvirtVersion | undefined;
}

/** How a machine's snapshots lie best: in its images where that is possible, for only those can always be gone back to. */
export function usualStorage(domain: Domain, memory: boolean, libvirt: LibvirtVersion | undefined): Storage {
  return internalProblem(domain, memory, libvirt) === undefined ? 'internal' : 'external';
}

/**
 * The commands that make a snapshot of a machine.
 * @throws InUse where others stand on its disks
 * @throws Refusal where it cannot be made, or would not be safe
 */
export function createSnapshot(answers: SnapshotAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const { domain, name, description, storage, libvirt } = answers;
  const memory = answers.memory && isActive(domain);
  check(domain, name, lineage);
  const external = storage === 'external' ? externalFiles(domain, name, memory, lineage) : undefined;
  const problem = external === undefined ? internalProblem(domain, memory, libvirt) : undefined;
  if (problem !== undefined) throw new Refusal(problem);
  const title = l10n.t('Snapshot {0} of {1}', name, domain.name);
  const described = description === '' ? [] : ['--description', description];
  const create: Step = {
    title,
    spec: virsh(
      uri,
      'snapshot-create-as',
      ...['--domain', domain.uuid, '--name', name, ...described],
      ...(external === undefined ? [] : specsOf(external, memory)),
    ),
    atomic: true,
    undo: { kind: 'deleteSnapshot', domain: domain.uuid, name },
    verify: { kind: 'snapshot', domain: domain.uuid, name, is: 'current' },
  };
  return runnable({
    title,
    uri,
    notes: notesOn(domain, memory, external, libvirt),
    steps: [create, ...(external === undefined ? [] : seeOverlays(external.overlays, lineage))],
  });
}

function check(domain: Domain, name: string, lineage: Lineage): void {
  guardDomain('snapshot', domain, lineage);
  if (!domain.persistent) throw new Refusal(l10n.t('{0} vanishes when it is switched off.', domain.name));
  checkNotSaved(domain);
  const taken = new Set(domain.baggage?.snapshots.map((snapshot) => snapshot.name));
  const problem = snapshotNameProblem(name, taken);
  if (problem !== undefined) throw new Refusal(problem);
  const shared = domain.disks.find(({ device, shareable }) => device === 'disk' && shareable);
  if (shared !== undefined) {
    throw new Refusal(
      l10n.t(
        'The disk {0} of {1} is shared, and would be set back under others.',
        shared.target,
        domain.name,
      ),
    );
  }
  if (writableDisks(domain).length === 0) throw new Refusal(l10n.t('{0} has no writable disk.', domain.name));
}

/** Why a snapshot cannot lie in the images; undefined if it can. */
function internalProblem(
  domain: Domain,
  memory: boolean,
  libvirt: LibvirtVersion | undefined,
): string | undefined {
  if (isActive(domain) && !memory) {
    return l10n.t('Of a machine that runs, a snapshot of the disks alone is always external.');
  }
  const other = writableDisks(domain).find(({ format }) => format !== 'qcow2');
  if (other !== undefined) {
    return l10n.t(
      'The disk {0} is {1}, and only qcow2 holds snapshots itself.',
      other.target,
      other.format ?? '?',
    );
  }
  if (domain.nvram && (libvirt ?? 0) < internalWithNvram)
    return l10n.t('This libvirt makes no internal snapshots of machines with UEFI firmware.');
  return undefined;
}

interface ExternalFiles {
  readonly overlays: readonly { readonly target: string; readonly path: string; readonly base: string }[];
  readonly memory: string | undefined;
}

/** The files of an external snapshot, each beside the image that the machine has now. */
function externalFiles(domain: Domain, name: string, memory: boolean, lineage: Lineage): ExternalFiles {
  const disks = writableDisks(domain);
  const overlays = disks.map((disk) => {
    const base = lineage.pathOf(disk);
    if (base === undefined || (disk.type !== 'file' && disk.type !== 'volume')) {
      throw new Refusal(l10n.t('The disk {0} is no file, so no overlay can stand on it.', disk.target));
    }
    return {
      target: disk.target,
      base,
      path: fileBeside(base, fileName(domain, disk, disks.length, name), lineage),
    };
  });
  const [first] = overlays;
  const file = memory && first !== undefined ? `${domain.name}.${name}.mem` : undefined;
  return { overlays, memory: file === undefined ? undefined : fileBeside(first?.base ?? '', file, lineage) };
}

function fileName({ name: machine }: Domain, { target }: Disk, disks: number, name: string): string {
  return disks === 1 ? `${machine}.${name}.qcow2` : `${machine}-${target}.${name}.qcow2`;
}

function fileBeside(base: string, wish: string, lineage: Lineage): string {
  const volume = lineage.volume(base);
  const taken = namesIn(volume === undefined ? undefined : lineage.poolOf(volume));
  const [, stem = wish, end = ''] = /^(.*)(\.[^.]+)$/s.exec(wish) ?? [];
  const name = freeName(stem, (free) => !taken.has(`${free}${end}`)) + end;
  const problem = volumeNameProblem(name, taken);
  if (problem !== undefined) throw new Refusal(problem);
  return posix.join(posix.dirname(base), name);
}

function specsOf({ overlays, memory }: ExternalFiles, withMemory: boolean): string[] {
  return [
    ...(withMemory && memory !== undefined
      ? ['--memspec', `file=${inSpec(memory)},snapshot=external`]
      : ['--disk-only']),
    ...overlays.flatMap(({ target, path }) => [
      '--diskspec',
      `${target},snapshot=external,driver=qcow2,file=${inSpec(path)}`,
    ]),
  ];
}

/** virsh takes two commas for one that is part of a value. */
function inSpec(path: string): string {
  return path.replaceAll(',', ',,');
}

/** libvirt's pools do not see by themselves what a snapshot makes. */
function seeOverlays(overlays: ExternalFiles['overlays'], lineage: Lineage): Step[] {
  return overlays.flatMap(({ path, base }) => {
    const volume = lineage.volume(base);
    const pool = volume === undefined ? undefined : lineage.poolOf(volume);
    if (volume === undefined || pool === undefined) return [];
    return [
      {
        title: l10n.t('Let the pool {0} see the new file', pool.name),
        spec: virsh(lineage.inventory.uri, 'pool-refresh', '--pool', pool.uuid),
        verify: { kind: 'standsOn', path, backing: volume.path },
      },
    ];
  });
}

function notesOn(
  domain: Domain,
  memory: boolean,
  external: ExternalFiles | undefined,
  libvirt: LibvirtVersion | undefined,
): string[] {
  const { name } = domain;
  return [
    ...(external?.overlays ?? []).map(({ path, base }) =>
      l10n.t(
        'It makes one more level: {0} goes on in {1}, which stands on {2}.',
        name,
        posix.basename(path),
        posix.basename(base),
      ),
    ),
    ...(external !== undefined && libvirt !== undefined && libvirt < externalRevert
      ? [l10n.t('This libvirt can delete an external snapshot, but not revert to it.')]
      : []),
    ...(memory ? [l10n.t('The guest stands still while its memory is written.')] : []),
    ...(isActive(domain) && !memory
      ? [l10n.t('It is as after a power cut: what the guest has not written yet is not in it.')]
      : []),
  ];
}
