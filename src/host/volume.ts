import { imageFile } from './imageFile';
import { bytesOf } from './size';
import { parseXmlOf } from './xml';

/** The image a volume stands on, as its volume shows it. */
export interface Backing {
  readonly path: string;
  /** What libvirt found in the file, which need not be what the overlay's header records. */
  readonly format: string | undefined;
  /** False where libvirt could not look into the file: it is missing, or not readable. */
  readonly found: boolean;
  /** When the image was last written to, in seconds since 1970; undefined where libvirt does not tell. */
  readonly modified?: number | undefined;
}

/** A storage volume. Sizes in bytes. */
export interface Volume {
  readonly name: string;
  readonly key: string;
  readonly path: string;
  /** libvirt's volume type: `file`, `block`, `dir`, `network`… */
  readonly type: string;
  readonly format: string | undefined;
  /** The size a guest sees. */
  readonly capacity: number;
  /** The space the volume takes on its storage. */
  readonly allocation: number;
  readonly backing: Backing | undefined;
  /** Permission bits, as in chmod; undefined where the storage has none. */
  readonly mode: number | undefined;
  /** The user id of the file's owner; undefined where the storage has none. */
  readonly owner?: number | undefined;
  /** When it was last written to, in seconds since 1970; undefined where libvirt does not tell. */
  readonly modified?: number | undefined;
  /** The version of a qcow2 image: `0.10` or `1.1`; undefined for other formats. */
  readonly compat?: string | undefined;
  /** Why the volume could not be read, where that is so; then only its name and path are known. */
  readonly problem: string | undefined;
}

/**
 * Reads what `virsh vol-dumpxml` prints.
 * @throws Error if the text is not a volume's XML
 */
export function parseVolume(xml: string): Volume {
  const root = parseXmlOf('volume', xml);
  const path = root.textOf('target', 'path') ?? '';
  const mode = root.textOf('target', 'permissions', 'mode');
  const backing = root.first('backingStore');
  const stated = backing?.textOf('path');
  const backingPath = imageFile(stated) ?? stated;
  return {
    name: root.textOf('name') ?? '',
    key: root.textOf('key') ?? path,
    path,
    type: root.attribute('type') ?? 'file',
    format: imageFormat(root.first('target', 'format')?.attribute('type')),
    capacity: bytesOf(root.first('capacity'), 'bytes'),
    allocation: bytesOf(root.first('allocation'), 'bytes'),
    backing:
      backing === undefined || backingPath === undefined
        ? undefined
        : {
            path: backingPath,
            format: backing.first('format')?.attribute('type'),
            // Without permissions and timestamps libvirt could not stat the file (HAZARDS 12).
            // So it is with names other than paths, which only qemu understands: those say nothing.
            found: backing.first('permissions') !== undefined || stated !== backingPath,
            modified: numberIn(backing.textOf('timestamps', 'mtime')),
          },
    mode: mode === undefined ? undefined : parseInt(mode, 8),
    owner: numberIn(root.textOf('target', 'permissions', 'owner')),
    modified: numberIn(root.textOf('target', 'timestamps', 'mtime')),
    compat: root.textOf('target', 'compat'),
    problem: undefined,
  };
}

// Pools on a disk tell in this place what kind of partition a volume is.
const partitionKinds = [
  'none',
  'linux',
  'fat16',
  'fat32',
  'linux-swap',
  'linux-lvm',
  'linux-raid',
  'extended',
];

function imageFormat(told: string | undefined): string | undefined {
  return told !== undefined && partitionKinds.includes(told) ? undefined : told;
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A volume that could not be read: its node says so, and nothing is built on it. */
export function unreadableVolume(name: string, path: string, problem: string): Volume {
  return {
    name,
    key: path,
    path,
    type: 'file',
    format: undefined,
    capacity: 0,
    allocation: 0,
    backing: undefined,
    mode: undefined,
    problem,
  };
}
