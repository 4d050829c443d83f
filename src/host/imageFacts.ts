import { lstat, open, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { parseQcow2Header, type Qcow2Header } from './qcow2';

/** What the file system knows of an image beyond what libvirt tells. */
export interface ImageFacts {
  /** When the file was made, in seconds since 1970; undefined where the file system does not keep it. */
  readonly born: number | undefined;
  /** Its header, where it is a qcow2 image that may be read from here. */
  readonly header: Qcow2Header | undefined;
}

// The header, its extensions and the name of the backing store fit into the first cluster; few need more than this.
const headerBytes = 8192;

/** What a look at one path has found. */
export interface ImageLook {
  /** The same for all names of a file: its device and inode, or where it would lie if it is missing. */
  readonly id: string;
  /** Where links lead. */
  readonly real: string;
  /** Another one where the file has changed. */
  readonly version: string;
  readonly facts: ImageFacts | undefined;
  /** Whether there may be something that may not be looked at. */
  readonly hidden?: boolean;
}

/** Looks at images on this machine. Made anew for each round of looks: links to directories are followed once in it. */
export class ImageLooker {
  private readonly directories = new Map<string, Promise<string | undefined>>();

  /**
   * An image is what its device and inode say: symbolic links, hard links and mounts give it other names.
   * @param overlay whether its header is wanted
   * @param before what was found the last time: the header is read again only when the file has changed
   */
  async look(path: string, overlay: boolean, before: ImageLook | undefined): Promise<ImageLook> {
    const inDirectory = await this.inRealDirectory(path);
    try {
      const found = await lstat(path, { bigint: true });
      const isLink = found.isSymbolicLink();
      const real = isLink || inDirectory === undefined ? await realpath(path) : inDirectory;
      const status = isLink ? await stat(real, { bigint: true }) : found;
      const id = `${status.dev}:${status.ino}`;
      const version = `${id}:${status.mtimeNs}:${status.ctimeNs}:${overlay}`;
      if (before?.version === version) return { id, real, version, facts: before.facts };
      const born = status.birthtimeNs > 0n ? Number(status.birthtimeNs) / 1e9 : undefined;
      const header = overlay && status.isFile() ? await readHeader(real) : undefined;
      return { id, real, version, facts: { born, header } };
    } catch (error) {
      // Missing, or not to be seen: the directory it would lie in may be known by several names all the same.
      const real = inDirectory ?? path;
      const { code } = error as NodeJS.ErrnoException;
      const hidden = code !== 'ENOENT' && code !== 'ENOTDIR';
      return { id: real, real, version: '', facts: undefined, hidden };
    }
  }

  private async inRealDirectory(path: string): Promise<string | undefined> {
    const directory = posix.dirname(path);
    let real = this.directories.get(directory);
    if (real === undefined) {
      real = realpath(directory).catch(() => undefined);
      this.directories.set(directory, real);
    }
    const found = await real;
    return found === undefined ? undefined : posix.join(found, posix.basename(path));
  }
}

/** The header of an image; undefined where it is none, or may not be read. */
export async function readHeader(path: string): Promise<Qcow2Header | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return parseQcow2Header(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
