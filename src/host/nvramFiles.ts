import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import type { Domain } from './domain';

/** A file with UEFI variables. */
export interface NvramFile {
  readonly path: string;
  readonly owner: number;
  /** Bytes on the disk. */
  readonly allocation: number;
}

/** Where libvirt on this machine keeps UEFI variables, for the two ways in which it runs. */
export function nvramDirectory(uri: string, env: NodeJS.ProcessEnv): string {
  if (uri.replace(/\?.*$/, '').endsWith('/session')) {
    const config = env.XDG_CONFIG_HOME ?? posix.join(homedir(), '.config');
    return posix.join(config, 'libvirt/qemu/nvram');
  }
  return '/var/lib/libvirt/qemu/nvram';
}

/** Whether a domain has its UEFI variables there; one that has not been started yet may not name its file. */
export function keepsVariablesIn(path: string, { name, nvramFile, files = [] }: Domain): boolean {
  const file = posix.basename(path);
  return (
    path === nvramFile || files.includes(path) || file === `${name}_VARS.fd` || file === `${name}_VARS.qcow2`
  );
}

/** The files there that belong to no domain; none where the directory may not be read. */
export async function strayNvramFiles(directory: string, domains: readonly Domain[]): Promise<NvramFile[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const paths = names
    .map((name) => posix.join(directory, name))
    .filter((path) => !domains.some((domain) => keepsVariablesIn(path, domain)));
  const files = await Promise.all(
    paths.map(async (path) => {
      const status = await stat(path).catch(() => undefined);
      if (status?.isFile() !== true) return [];
      return [{ path, owner: status.uid, allocation: status.blocks * 512 }];
    }),
  );
  return files.flat();
}
