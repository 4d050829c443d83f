import { parseDisk, writableDisks, type Disk, type Snapshot } from './domain';
import { parseXmlOf } from './xml';

/**
 * Reads what `virsh snapshot-dumpxml` prints.
 * @throws Error if the text is not a snapshot's XML
 */
export function parseSnapshot(name: string, xml: string): Snapshot {
  const root = parseXmlOf('domainsnapshot', xml);
  const then = ['domain', 'inactiveDomain'].flatMap((kind) => root.first(kind)?.first('devices') ?? []);
  const disks = then.flatMap((devices) => devices.all('disk')).map(parseDisk);
  const kept = root.first('disks')?.all('disk') ?? [];
  const madeOf = (kind: string) => kept.filter((disk) => disk.attribute('snapshot') === kind);
  const made = sources(madeOf('external').map(parseDisk));
  const inside = new Set(madeOf('internal').flatMap((disk) => disk.attribute('name') ?? []));
  const memory = root.first('memory');
  const file = memory?.attribute('file');
  const parent = root.textOf('parent', 'name');
  const description = root.textOf('description');
  const created = root.textOf('creationTime');
  const state = root.textOf('state');
  return {
    name,
    images: once([...sources(disks), ...made, ...(file === undefined ? [] : [file])]),
    written: once([...sources(writableDisks({ disks })), ...made]),
    inside: once(
      sources(disks.filter(({ target, source = '' }) => inside.has(target) || inside.has(source))),
    ),
    ...(parent === undefined ? {} : { parent }),
    ...(description === undefined ? {} : { description }),
    ...(created === undefined ? {} : { created: Number(created) }),
    ...(state === undefined ? {} : { state }),
    ...((memory?.attribute('snapshot') ?? 'no') === 'no' ? {} : { memory: { file } }),
    ...(made.length === 0 ? {} : { made }),
  };
}

/** Whether a snapshot lies in files of its own: overlays that it made, or its memory. */
export function isExternal({ made = [], memory }: Snapshot): boolean {
  return made.length > 0 || memory?.file !== undefined;
}

function sources(disks: readonly Disk[]): string[] {
  return disks.flatMap(({ source }) => source ?? []);
}

function once(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
