import * as l10n from '@vscode/l10n';
import { isActive } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { Refusal, type Plan } from './plan';

/**
 * Whether an overlay can stand on this image.
 * @returns the format of the image
 * @throws Refusal with the way out
 */
export function checkBase(base: Volume, lineage: Lineage): string {
  const { path, format } = base;
  if (base.problem !== undefined)
    throw new Refusal(l10n.t('The volume {0} cannot be read: {1}', path, base.problem));
  if (base.type !== 'file' && base.type !== 'block') {
    throw new Refusal(
      l10n.t(
        'A volume of type {0} cannot be the backing store of an overlay. Copy it in full into a directory pool first.',
        base.type,
      ),
    );
  }
  if (format === undefined) {
    throw new Refusal(
      l10n.t('libvirt does not know the format of {0}. Refresh its pool and try again.', path),
    );
  }
  if (format === 'iso') {
    throw new Refusal(
      l10n.t('{0} is a CD-ROM image, on which no disk can stand. Choose the image of a disk.', path),
    );
  }
  for (const level of [path, ...lineage.chain(path)]) {
    const backing = lineage.volume(level)?.backing;
    if (backing?.found === false) {
      throw new Refusal(
        l10n.t(
          'The chain of {0} is broken: {1} is missing or cannot be read. Bring it back first.',
          path,
          backing.path,
        ),
      );
    }
  }
  checkIdle(path, lineage);
  return format;
}

/**
 * Whether nobody is writing to the bases of a plan that was right for a host as it was: since then somebody may have
 * started a template, or saved its memory.
 * @throws Refusal
 */
export function checkBasesIdle({ steps }: Pick<Plan, 'steps'>, lineage: Lineage): void {
  for (const { verify } of steps) if (verify?.kind === 'overlay') checkIdle(verify.backing, lineage);
}

/** That memory is saved of a machine means that its disks are in the middle of something. */
export function savedMemory(name: string): Refusal {
  return new Refusal(
    l10n.t(
      'The memory of {0} is saved, so its disks are in the middle of something. Start it and shut it down, or discard the saved state (virsh managedsave-remove).',
      name,
    ),
  );
}

function checkIdle(path: string, lineage: Lineage): void {
  const writers = lineage.usersOf(path).filter((user) => lineage.writesTo(user, path));
  const running = writers.find(isActive);
  if (running !== undefined) {
    throw new Refusal(
      l10n.t('{0} is being written to by {1}, which is running. Shut it down first.', path, running.name),
    );
  }
  const saved = writers.find(({ baggage }) => baggage?.managedSave === true);
  if (saved !== undefined) throw savedMemory(saved.name);
}
