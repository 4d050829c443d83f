import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { imageFile } from './imageFile';
import { CommandError } from './errors';
import { readHeader } from './imageFacts';
import type { Run } from './process';
import type { Volume } from './volume';

interface ImageInfo {
  readonly format?: string;
  readonly 'virtual-size'?: number;
  readonly 'actual-size'?: number;
  readonly 'backing-filename'?: string;
  readonly 'full-backing-filename'?: string;
  readonly 'backing-filename-format'?: string;
}

/**
 * An image that no pool knows; undefined where nothing can be said of it. What a qcow2 header says is read from it; of
 * all else qemu-img is asked, which is a process for each.
 */
export async function readImage(path: string, run: Run): Promise<Volume | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  const image =
    (status.isFile() ? await imageByHeader(path, status) : undefined) ?? (await askQemu(path, run));
  if (image === undefined) return undefined;
  return {
    name: posix.basename(path),
    key: path,
    path,
    type: 'file',
    ...image,
    mode: status.mode & 0o7777,
    owner: status.uid,
    modified: status.mtimeMs / 1000,
    problem: undefined,
  };
}

type Image = Pick<Volume, 'format' | 'capacity' | 'allocation' | 'backing'>;

async function imageByHeader(path: string, status: Stats): Promise<Image | undefined> {
  const header = await readHeader(path).catch(() => undefined);
  if (header === undefined) return undefined;
  const { capacity, backing } = header;
  const image = { format: 'qcow2', capacity, allocation: status.blocks * 512 };
  if (backing === undefined) return { ...image, backing };
  // Only qemu knows what its own names mean (`json:…`, `nbd:…`).
  if (!/^\/|^[^:]*$/.test(backing.name)) return undefined;
  const base = posix.resolve(posix.dirname(path), backing.name);
  return { ...image, backing: { path: base, format: backing.format, found: true } };
}

async function askQemu(path: string, run: Run): Promise<Image | undefined> {
  try {
    const { stdout } = await run({ file: 'qemu-img', args: ['info', '-U', '--output=json', path] });
    const info = JSON.parse(stdout) as ImageInfo;
    const backing = imageFile(info['full-backing-filename'] ?? info['backing-filename']);
    return {
      format: info.format,
      capacity: info['virtual-size'] ?? 0,
      allocation: info['actual-size'] ?? 0,
      backing:
        backing === undefined
          ? undefined
          : { path: backing, format: info['backing-filename-format'], found: true },
    };
  } catch (error) {
    // Of others, or no image: nothing can be said of it.
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
