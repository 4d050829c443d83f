import * as l10n from '@vscode/l10n';
import { virsh, type CommandSpec } from '../host/commandLine';
import { isActive } from '../host/domain';
import { CommandError } from '../host/errors';
import type { Undo } from '../plan/plan';
import { hasSnapshot } from './beside';
import { findDomain, findPool, findVolume, usersOf, type Oracle } from './verify';

/** The commands that take a step back, and what that means for people. */
export interface TakeBack {
  readonly title: string;
  /** The same once it is done, as part of a sentence. */
  readonly done: string;
  readonly specs: readonly CommandSpec[];
}

/**
 * Looks at the host to decide how a step is taken back: only what is there, and only what this run has made.
 * @returns undefined where there is nothing to take back
 * @throws CommandError where the host cannot be asked
 */
export async function takeBack(undo: Undo, oracle: Oracle): Promise<TakeBack | undefined> {
  switch (undo.kind) {
    case 'restore':
      return undo;
    case 'undefineDomain':
      return removeMachine(undo, oracle);
    case 'deleteVolume':
      return deleteVolume(undo, oracle);
    case 'endPool':
      if (!(await findPool(undo.uuid, oracle))) return undefined;
      return {
        title: l10n.t('End the pool {0}', undo.name),
        done: l10n.t('the pool {0} was ended', undo.name),
        specs: [virsh(oracle.uri, 'pool-destroy', '--pool', undo.uuid)],
      };
    case 'abortBlockJob':
      return abortJob(undo, oracle);
    case 'abortJob':
      return abortDomainJob(undo, oracle);
    case 'deleteSnapshot':
      if (!(await hasSnapshot(undo.domain, undo.name, oracle))) return undefined;
      return {
        title: l10n.t('Delete the snapshot {0}', undo.name),
        done: l10n.t('the snapshot {0} was deleted', undo.name),
        specs: [virsh(oracle.uri, 'snapshot-delete', '--domain', undo.domain, '--snapshotname', undo.name)],
      };
    case 'discardCopy':
      return discardCopy(undo, oracle);
  }
}

/** The commands that take a step back wherever something of it is there, for who does it by hand. */
export function byHand(undo: Undo, uri: string): readonly CommandSpec[] {
  const undefine = (name: string) => virsh(uri, 'undefine', '--domain', name, '--nvram');
  const deletion = (path: string) => virsh(uri, 'vol-delete', '--vol', path);
  switch (undo.kind) {
    case 'restore':
      return undo.specs;
    case 'undefineDomain':
      return [undefine(undo.name)];
    case 'deleteVolume':
      return [deletion(undo.path)];
    case 'endPool':
      return [virsh(uri, 'pool-destroy', '--pool', undo.uuid)];
    case 'abortBlockJob':
      return [virsh(uri, 'blockjob', '--domain', undo.domain, '--path', undo.target, '--abort')];
    case 'abortJob':
      return [virsh(uri, 'domjobabort', '--domain', undo.domain)];
    case 'deleteSnapshot':
      return [virsh(uri, 'snapshot-delete', '--domain', undo.domain, '--snapshotname', undo.name)];
    case 'discardCopy':
      return [undefine(undo.name), ...undo.paths.map(deletion)];
  }
}

async function removeMachine(
  { name, image, uuid }: Extract<Undo, { kind: 'undefineDomain' }>,
  oracle: Oracle,
): Promise<TakeBack | undefined> {
  const { uri } = oracle;
  const domain = await findDomain(name, oracle);
  // The image was made by this run, so a domain that uses it was too; any other of this name is somebody else's.
  if (uuid !== undefined && domain?.uuid !== uuid) return undefined;
  if (domain?.disks.some((disk) => disk.source === image) !== true) return undefined;
  return {
    title: l10n.t('Delete {0}', domain.name),
    done: l10n.t('the virtual machine {0} was removed', domain.name),
    specs: [
      ...(isActive(domain) ? [virsh(uri, 'destroy', '--domain', domain.uuid)] : []),
      // Its UEFI variables are its own: a copy that the run has made, or what its first start has made.
      virsh(uri, 'undefine', '--domain', domain.uuid, ...(domain.nvram ? ['--nvram'] : [])),
    ],
  };
}

async function deleteVolume(
  { pool, path, backing, fresh }: Extract<Undo, { kind: 'deleteVolume' }>,
  oracle: Oracle,
): Promise<TakeBack | undefined> {
  await refreshPool(pool, oracle);
  const volume = await findVolume(path, oracle);
  if (volume === undefined) return undefined;
  // The run made an empty file there first: whatever a program that was killed has left in it is the run's own.
  const reserved = fresh === true && volume.backing === undefined;
  if (volume.backing?.path !== backing && !reserved) return undefined;
  // The run's own machine is gone by now. Where nobody could tell whether the run has made the volume or lost a race
  // for it, a machine on it says so: the volume is then its owner's.
  if ((await usersOf(path, oracle)).length > 0) return undefined;
  return {
    ...(backing === undefined
      ? {
          title: l10n.t('Delete the copy {0}', volume.name),
          done: l10n.t('the copy {0} was deleted', volume.name),
        }
      : {
          title: l10n.t('Delete the overlay {0}', volume.name),
          done: l10n.t('the overlay {0} was deleted', volume.name),
        }),
    specs: [virsh(oracle.uri, 'vol-delete', '--vol', path)],
  };
}

/** virsh waits for a job, but does not end it when it is ended itself. */
async function abortJob(
  { domain, target }: Extract<Undo, { kind: 'abortBlockJob' }>,
  { uri, run }: Oracle,
): Promise<TakeBack | undefined> {
  const on = ['--domain', domain, '--path', target];
  const { stdout, stderr } = await run(virsh(uri, 'blockjob', ...on, '--info'));
  // What libvirt has no job for is over, one way or the other.
  if (!/\[\s*[\d.]+\s*%\]/.test(stdout + stderr)) return undefined;
  return {
    title: l10n.t('End the copying to {0}', target),
    done: l10n.t('the copying to {0} was ended; the disk stands where it stood', target),
    specs: [virsh(uri, 'blockjob', ...on, '--abort')],
  };
}

/** The daemon saves on when the virsh that waits for it is ended. */
async function abortDomainJob(
  { domain }: Extract<Undo, { kind: 'abortJob' }>,
  oracle: Oracle,
): Promise<TakeBack | undefined> {
  const { uri, run } = oracle;
  const found = await findDomain(domain, oracle);
  // What has been saved meanwhile stays saved.
  if (found === undefined || !isActive(found)) return undefined;
  const { stdout } = await run(virsh(uri, 'domjobinfo', '--domain', domain));
  if (!/^Job type:\s+(Bounded|Unbounded)/m.test(stdout)) return undefined;
  return {
    title: l10n.t('End the saving'),
    done: l10n.t('the saving was ended; the machine goes on'),
    specs: [virsh(uri, 'domjobabort', '--domain', domain)],
  };
}

async function discardCopy(
  { name, paths }: Extract<Undo, { kind: 'discardCopy' }>,
  oracle: Oracle,
): Promise<TakeBack | undefined> {
  const { uri } = oracle;
  const domain = await findDomain(name, oracle);
  const own = domain?.disks.some(({ source }) => source !== undefined && paths.includes(source)) === true;
  const volumes = await Promise.all(paths.map((path) => findVolume(path, oracle)));
  const made = paths.filter((_, index) => volumes[index] !== undefined);
  const specs = [
    ...(own ? [virsh(uri, 'undefine', '--domain', domain.uuid, '--nvram')] : []),
    ...made.map((path) => virsh(uri, 'vol-delete', '--vol', path)),
  ];
  if (specs.length === 0) return undefined;
  return { title: l10n.t('Delete {0}', name), done: l10n.t('the copy {0} was deleted', name), specs };
}

/** Files that qemu-img made are unknown to libvirt until the pool is refreshed (HAZARDS 8). */
async function refreshPool(uuid: string, { uri, run }: Oracle): Promise<void> {
  try {
    await run(virsh(uri, 'pool-refresh', '--pool', uuid));
  } catch (error) {
    // A pool that is busy or gone cannot be refreshed; the look at the volume that follows tells what is there.
    if (!(error instanceof CommandError)) throw error;
  }
}
