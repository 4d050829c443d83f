import { XmlDraft } from '../host/xmlDraft';

/** What becomes of the template's CD-ROM and floppy drives in a clone. */
export const drivesWishes = ['empty', 'drop', 'keep'] as const;
export type Drives = (typeof drivesWishes)[number];

/** Puts the overlays in the place of the disks they stand on, and sees to the drives. */
export function linkDisks(devices: XmlDraft, overlays: ReadonlyMap<string, string>, drives: Drives): void {
  for (const disk of devices.all('disk')) {
    const overlay = overlays.get(disk.first('target')?.attribute('dev') ?? '');
    if (overlay !== undefined) link(disk, overlay);
    else if (isDrive(disk)) seeToDrive(devices, disk, drives);
  }
}

/**
 * By path, also where the template gives its disk as a volume: AppArmor follows the chain of those only (HAZARDS 21).
 * What the template says of the chain below holds for its own image; libvirt finds the overlay's in the header.
 */
function link(disk: XmlDraft, overlay: string): void {
  disk.set('type', 'file');
  const driver = disk.first('driver') ?? disk.add(XmlDraft.make('driver', { name: 'qemu' }));
  driver.set('type', 'qcow2');
  const source = XmlDraft.make('source', { file: overlay });
  const old = disk.first('source');
  const policy = old?.attribute('startupPolicy');
  if (policy !== undefined) source.set('startupPolicy', policy);
  for (const label of old?.all('seclabel') ?? []) source.add(label);
  disk.addAfter('driver', source);
  if (old !== undefined) disk.remove(old);
  for (const name of ['backingStore', 'mirror']) disk.removeAll(name);
}

function seeToDrive(devices: XmlDraft, disk: XmlDraft, drives: Drives): void {
  if (drives === 'keep') return;
  if (drives === 'drop') {
    devices.remove(disk);
    return;
  }
  disk.removeAll('source');
  disk.removeAll('backingStore');
  disk.set('type', 'file');
}

function isDrive(disk: XmlDraft): boolean {
  return ['cdrom', 'floppy'].includes(disk.attribute('device') ?? 'disk');
}
