import { lstat, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import { isLocal } from './commandLine';
import type { Domain } from './domain';

/** What a machine takes beside its images, in bytes on the disk; undefined where it cannot be seen from here. */
export interface BelongingSizes {
  readonly nvram: number | undefined;
  readonly tpm: number | undefined;
}

/** The sizes of what these machines keep beside their images, by their UUIDs. */
export async function sizesOfBelongings(
  uri: string,
  domains: readonly Domain[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, BelongingSizes>> {
  if (!isLocal(uri)) return new Map();
  const sizes = domains.map(async ({ uuid, nvramFile, tpm }) => {
    const found: BelongingSizes = {
      nvram: nvramFile === undefined ? undefined : await sizeOf(nvramFile),
      tpm: tpm ? await sizeOf(posix.join(tpmDirectory(uri, env), uuid)) : undefined,
    };
    return [uuid, found] as const;
  });
  return new Map(await Promise.all(sizes));
}

/** Where libvirt on this machine keeps what emulated TPMs know, for the two ways in which it runs. */
function tpmDirectory(uri: string, env: NodeJS.ProcessEnv): string {
  if (!uri.replace(/\?.*$/, '').endsWith('/session')) return '/var/lib/libvirt/swtpm';
  return posix.join(env.XDG_CONFIG_HOME ?? posix.join(homedir(), '.config'), 'libvirt/qemu/swtpm');
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const status = await lstat(path);
    const own = status.blocks * 512;
    if (!status.isDirectory()) return own;
    const below = await Promise.all((await readdir(path)).map((name) => sizeOf(posix.join(path, name))));
    return below.reduce<number>((sum, bytes) => sum + (bytes ?? 0), own);
  } catch {
    return undefined;
  }
}
