import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { imageFile } from './imageFile';
import { CommandError } from './errors';
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

/** What qemu-img says of an image that no pool knows; undefined where nothing can be said of it. */
export async function readImage(path: string, run: Run): Promise<Volume | undefined> {
  try {
    const { stdout } = await run({ file: 'qemu-img', args: ['info', '-U', '--output=json', path] });
    const status = await stat(path).catch(() => undefined);
    const info = JSON.parse(stdout) as ImageInfo;
    const backing = imageFile(info['full-backing-filename'] ?? info['backing-filename']);
    return {
      name: posix.basename(path),
      key: path,
      path,
      type: 'file',
      format: info.format,
      capacity: info['virtual-size'] ?? 0,
      allocation: info['actual-size'] ?? 0,
      backing:
        backing === undefined
          ? undefined
          : { path: backing, format: info['backing-filename-format'], found: true },
      mode: status === undefined ? undefined : status.mode & 0o7777,
      owner: status?.uid,
      modified: status === undefined ? undefined : status.mtimeMs / 1000,
      problem: undefined,
    };
  } catch (error) {
    // Missing, of others, or no image: nothing can be said of it.
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
