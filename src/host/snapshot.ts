import type { Snapshot } from './domain';
import { parseXml, type XmlElement } from './xml';

/** Reads what `virsh snapshot-dumpxml` prints; of what cannot be read only the name is known. */
export function parseSnapshot(name: string, xml: string): Snapshot {
  try {
    return fromXml(name, parseXml(xml));
  } catch {
    return { name, images: [] };
  }
}

/** Whether a snapshot lies in files of its own: overlays that it made, or its memory. */
export function isExternal({ made = [], memory }: Snapshot): boolean {
  return made.length > 0 || memory?.file !== undefined;
}

function fromXml(name: string, root: XmlElement): Snapshot {
  const disks = root.first('disks')?.all('disk') ?? [];
  const made = filesOf(disks.filter((disk) => disk.attribute('snapshot') === 'external'));
  const parent = root.textOf('parent', 'name');
  const description = root.textOf('description');
  const created = root.textOf('creationTime');
  const state = root.textOf('state');
  const memory = root.first('memory');
  const kept = memory?.attribute('snapshot') ?? 'no';
  return {
    name,
    images: imagesIn(root, disks, memory),
    ...(parent === undefined ? {} : { parent }),
    ...(description === undefined ? {} : { description }),
    ...(created === undefined ? {} : { created: Number(created) }),
    ...(state === undefined ? {} : { state }),
    ...(kept === 'no' ? {} : { memory: { file: memory?.attribute('file') } }),
    ...(made.length === 0 ? {} : { made }),
  };
}

/** The domain's disks as they were then, and the files that the snapshot made. */
function imagesIn(root: XmlElement, made: readonly XmlElement[], memory: XmlElement | undefined): string[] {
  const then = ['domain', 'inactiveDomain'].flatMap((name) => root.first(name, 'devices')?.all('disk') ?? []);
  return [...new Set([...filesOf([...then, ...made]), memory?.attribute('file') ?? []].flat())];
}

function filesOf(disks: readonly XmlElement[]): string[] {
  return disks.flatMap((disk) => disk.first('source')?.attribute('file') ?? []);
}
