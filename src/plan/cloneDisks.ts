import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { writableDisks, type Disk, type Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { domainWord, type Method } from './machine';
import { virtToolsPathProblem } from './names';
import { planOverlay, type Overlay, type OverlayWish } from './overlay';
import { Refusal, type Step } from './plan';

/** A disk of the template and the overlay that takes its place in the clone. */
export interface LinkedDisk {
  readonly disk: Disk;
  readonly overlay: Overlay;
}

/** What is decided about the disks of one clone. */
export interface DiskWish {
  readonly template: Domain;
  readonly name: string;
  readonly method: Method;
  readonly pool: OverlayWish['pool'];
  /** Bytes, for the first disk; the others keep their base's. */
  readonly capacity: number | undefined;
}

/** What the new machine's image is called: after the machine, and after the target too where there are several. */
export function overlayName(name: string, target: string, first: boolean): string {
  return first ? `${name}.qcow2` : `${name}-${target}.qcow2`;
}

/**
 * An overlay for each disk the template may write to, in their order.
 * @throws Refusal where one cannot be made
 */
export function linkedDisks(wish: DiskWish, lineage: Lineage): LinkedDisk[] {
  return writableDisks(wish.template).map((disk, index) => {
    const base = baseOf(disk, lineage);
    const format = formatOf(base, disk);
    checkDisk(disk, base, format);
    const name = overlayName(wish.name, disk.target, index === 0);
    const capacity = index === 0 ? wish.capacity : undefined;
    const overlay = planOverlay({ base, format, name, pool: wish.pool, capacity }, lineage);
    const problem = wish.method === 'define' ? undefined : virtToolsPathProblem(overlay.path);
    if (problem !== undefined) throw new Refusal(problem);
    return { disk, overlay };
  });
}

/**
 * The volume a disk is stored in.
 * @throws Refusal where no active pool knows it
 */
export function baseOf(disk: Disk, lineage: Lineage): Volume {
  const path = lineage.pathOf(disk);
  if (path === undefined) {
    throw new Refusal(
      l10n.t(
        'The disk {0} ({1}) has no image that an overlay could stand on. Copy it in full into a directory pool, and let the template use the copy.',
        disk.target,
        disk.type,
      ),
    );
  }
  const volume = lineage.volume(path);
  if (volume === undefined || lineage.poolOf(volume) === undefined) {
    throw new Refusal(
      path.startsWith('/dev/')
        ? l10n.t(
            'The disk {0} is the device {1}, which is in no active storage pool. Copy it in full into a directory pool, and let the template use the copy.',
            disk.target,
            path,
          )
        : l10n.t(
            'The image {0} lies in no active storage pool. Make its directory a pool, or start and refresh the pool.',
            path,
          ),
    );
  }
  return volume;
}

/**
 * Pools of devices (LVM, SCSI, partitions) do not tell what is in one: there it is what the template reads. A size other
 * than the device's would be told by nobody.
 * @throws Refusal where the template reads another format than raw
 */
function formatOf(base: Volume, { target, format = 'raw' }: Disk): string | undefined {
  if (base.type !== 'block' || base.format !== undefined) return base.format;
  if (format === 'raw') return format;
  throw new Refusal(
    l10n.t(
      'The template reads the device {0} as {1}, and libvirt does not tell how large the disk {2} in it is. Copy the disk in full into a directory pool, and let the template use the copy.',
      base.path,
      format,
      target,
    ),
  );
}

/** The commands that show what an overlay will take over, for who reads along. */
export function showSize(uri: string, template: Domain, { disk }: LinkedDisk): Step[] {
  // domblkinfo cannot look into a disk that is given as a volume; its volume says the same.
  if (disk.source === undefined) return [];
  return [
    {
      title: l10n.t('Read the size of {0} in bytes', disk.target),
      spec: virsh(uri, 'domblkinfo', '--domain', domainWord(template), '--device', disk.target),
    },
  ];
}

function checkDisk(disk: Disk, base: Volume, format: string | undefined): void {
  if (disk.encrypted) {
    throw new Refusal(
      l10n.t(
        'The disk {0} is encrypted, and what an overlay on it holds would not be. Copy the disk in full instead.',
        disk.target,
      ),
    );
  }
  if (disk.sliced === true) {
    throw new Refusal(
      l10n.t(
        'The disk {0} is a slice of its image, which an overlay would see as a whole. Copy the disk in full instead.',
        disk.target,
      ),
    );
  }
  if (disk.format !== undefined && disk.format !== format) {
    throw new Refusal(
      l10n.t(
        'The template reads {0} as {1}, but the image is {2}. Correct the driver type of {3} first.',
        base.path,
        disk.format,
        format ?? '?',
        disk.target,
      ),
    );
  }
}
