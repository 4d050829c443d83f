import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, writableDisks, type Disk, type Domain } from '../host/domain';
import { isExternal } from '../host/snapshot';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { guardImage } from './guard';
import { placeOf, runAt } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { checkNotSaved } from './savedState';

/** What a person decides. */
export interface ResizeAnswers {
  readonly domain: Domain;
  /** The name of the disk in the definition: `vda`. */
  readonly target: string;
  /** Bytes; more than it has. */
  readonly capacity: number;
  /** The user id here; undefined where there are none. */
  readonly me: number | undefined;
}

/** A disk of a machine that can grow, and its image. */
export interface Resizable {
  readonly disk: Disk;
  readonly image: Volume;
}

/** The disks of a machine whose images are known. */
export function resizableDisks(domain: Domain, lineage: Lineage): Resizable[] {
  return writableDisks(domain).flatMap((disk) => {
    const image = lineage.volume(lineage.pathOf(disk) ?? '');
    return image === undefined ? [] : [{ disk, image }];
  });
}

/**
 * The command that enlarges a disk: by libvirt while its machine runs, whose guest then sees it at once, else in the
 * image. Disks never shrink: what lies at their end would be cut off.
 * @throws InUse where others stand on the image
 * @throws Refusal where it would not grow, or cannot
 */
export function resizeDisk(answers: ResizeAnswers, lineage: Lineage): Plan {
  const { domain, capacity } = answers;
  const { uri } = lineage.inventory;
  const { disk, image } = check(answers, lineage);
  const title = l10n.t('Enlarge the disk {0} of {1} to {2} bytes', disk.target, domain.name, capacity);
  const step = isActive(domain)
    ? resizeRunning(uri, domain, disk, capacity)
    : resizeImage(image, answers, lineage);
  const known = lineage.poolOf(image) !== undefined;
  const verify = { kind: 'size', path: image.path, capacity } as const;
  return runnable({
    title,
    uri,
    notes: [remaining(disk)],
    steps: [{ title, spec: step, atomic: true, ...(known ? { verify } : {}) }],
  });
}

function check({ domain, target, capacity }: ResizeAnswers, lineage: Lineage): Resizable {
  const { name, baggage } = domain;
  const found = resizableDisks(domain, lineage).find(({ disk }) => disk.target === target);
  if (found === undefined)
    throw new Refusal(l10n.t('{0} has no writable disk {1} that is known.', name, target));
  const { image } = found;
  guardImage('resize', image.path, lineage);
  checkNotSaved(domain);
  if (!Number.isSafeInteger(capacity) || capacity % 512 !== 0)
    throw new Refusal(l10n.t('{0} bytes are no whole number of sectors of 512 bytes.', capacity));
  if (capacity <= image.capacity) {
    throw new Refusal(
      l10n.t(
        'A disk can only grow: {0} has {1} bytes already. Choose more than that.',
        image.name,
        image.capacity,
      ),
    );
  }
  const other = lineage.usersOf(image.path).find((user) => user.uuid !== domain.uuid && isActive(user));
  if (other !== undefined) {
    throw new Refusal(
      l10n.t('{0} is in use by {1}, which is running. Shut it down first.', image.name, other.name),
    );
  }
  if (image.mode !== undefined && (image.mode & 0o222) === 0) {
    throw new Refusal(
      l10n.t(
        '{0} is read-only. Convert its template to a virtual machine first, or give it write permission.',
        image.name,
      ),
    );
  }
  const inside = baggage?.snapshots.find((snapshot) => !isExternal(snapshot));
  if (image.compat === '0.10' && inside !== undefined) {
    throw new Refusal(
      l10n.t('{0} is qcow2 of version 0.10 with the snapshot {1}, and cannot grow.', image.name, inside.name),
    );
  }
  return found;
}

function resizeRunning(uri: string, { uuid }: Domain, { target }: Disk, capacity: number): Step['spec'] {
  return virsh(uri, 'blockresize', '--domain', uuid, '--path', target, '--size', `${capacity}B`);
}

function resizeImage(image: Volume, { capacity, me }: ResizeAnswers, lineage: Lineage): Step['spec'] {
  const { uri } = lineage.inventory;
  if (lineage.poolOf(image) !== undefined)
    return virsh(uri, 'vol-resize', '--vol', image.path, '--capacity', String(capacity));
  // No pool knows it, so libvirt cannot be asked.
  const args = ['resize', '-f', image.format ?? 'qcow2', '--', image.path, String(capacity)];
  return runAt(placeOf(uri, [image.owner], me), { file: 'qemu-img', args });
}

/** What nobody but the guest can do. */
function remaining({ target }: Disk): string {
  return l10n.t(
    'In the guest the last partition of {0} and its file system have to grow too: growpart, then resize2fs or xfs_growfs. Guests with cloud-init do it at their next start.',
    target,
  );
}
