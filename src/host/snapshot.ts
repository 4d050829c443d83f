import { parseDisk, writableDisks, type Disk, type Snapshot } from './domain';
import { parseXmlOf, type XmlElement } from './xml';

/**
 * Reads what `virsh snapshot-dumpxml` prints.
 * @throws Error if the text is not a snapshot's XML
 */
export function parseSnapshot(name: string, xml: string): Snapshot {
  const root = parseXmlOf('domainsnapshot', xml);
  const kept = root.first('disks')?.all('disk') ?? [];
  const made = filesOf(kept.filter((disk) => disk.attribute('snapshot') === 'external'));
  const parent = root.textOf('parent', 'name');
  const description = root.textOf('description');
  const created = root.textOf('creationTime');
  const state = root.textOf('state');
  const memory = root.first('memory');
  const memoryIs = memory?.attribute('snapshot') ?? 'no';
  return {
    name,
    ...imagesIn(root, kept, memory),
    ...(parent === undefined ? {} : { parent }),
    ...(description === undefined ? {} : { description }),
    ...(created === undefined ? {} : { created: Number(created) }),
    ...(state === undefined ? {} : { state }),
    ...(memoryIs === 'no' ? {} : { memory: { file: memory?.attribute('file') } }),
    ...(made.length === 0 ? {} : { made }),
  };
}

/** Whether a snapshot lies in files of its own: overlays that it made, or its memory. */
export function isExternal({ made = [], memory }: Snapshot): boolean {
  return made.length > 0 || memory?.file !== undefined;
}

/** The domain's disks as they were then, and the files that the snapshot made. */
function imagesIn(
  root: XmlElement,
  kept: readonly XmlElement[],
  memory: XmlElement | undefined,
): Pick<Snapshot, 'images' | 'written' | 'inside'> {
  const then = ['domain', 'inactiveDomain'].flatMap((name) => root.first(name)?.first('devices') ?? []);
  const disks = then.flatMap((devices) => devices.all('disk')).map(parseDisk);
  const made = filesOf(kept);
  const inside = new Set(
    kept
      .filter((disk) => disk.attribute('snapshot') === 'internal')
      .flatMap((disk) => disk.attribute('name') ?? []),
  );
  return {
    images: once([...sources(disks), ...made, memory?.attribute('file') ?? []].flat()),
    written: once([...sources(writableDisks({ disks })), ...made]),
    inside: once(
      sources(disks.filter(({ target, source = '' }) => inside.has(target) || inside.has(source))),
    ),
  };
}

function filesOf(disks: readonly XmlElement[]): string[] {
  return disks.flatMap((disk) => parseDisk(disk).source ?? []);
}

function sources(disks: readonly Disk[]): string[] {
  return disks.flatMap(({ source }) => source ?? []);
}

function once(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
