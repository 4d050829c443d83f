import * as l10n from '@vscode/l10n';
import { virsh, type CommandSpec } from '../host/commandLine';
import { isActive } from '../host/domain';
import { CommandError } from '../host/errors';
import type { Undo } from '../plan/plan';
import { findDomain, findVolume, type Oracle } from './verify';

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
  const { uri } = oracle;
  if (undo.kind === 'undefineDomain') {
    const domain = await findDomain(undo.name, oracle);
    // The image was made by this run, so a domain that uses it was too; any other of this name is somebody else's.
    if (domain?.disks.some((disk) => disk.source === undo.image) !== true) return undefined;
    return {
      title: l10n.t('Delete {0}', domain.name),
      done: l10n.t('the virtual machine {0} was removed', domain.name),
      specs: [
        ...(isActive(domain) ? [virsh(uri, 'destroy', '--domain', domain.uuid)] : []),
        virsh(uri, 'undefine', '--domain', domain.uuid),
      ],
    };
  }
  await refreshPool(undo.pool, oracle);
  const volume = await findVolume(undo.path, oracle);
  if (volume?.backing?.path !== undo.backing) return undefined;
  return {
    title: l10n.t('Delete the overlay {0}', volume.name),
    done: l10n.t('the overlay {0} was deleted', volume.name),
    specs: [virsh(uri, 'vol-delete', '--vol', undo.path)],
  };
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
