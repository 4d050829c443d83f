import { virsh } from './commandLine';
import { CommandError } from './errors';
import type { Run } from './process';

/** A version of libvirt as one number, as libvirt itself counts: 9.10.2 is 9010002. */
export type LibvirtVersion = number;

/** The version of the daemon of a host; undefined where it does not tell. */
export async function libvirtVersion(run: Run, uri: string): Promise<LibvirtVersion | undefined> {
  try {
    return parseVersion((await run(virsh(uri, 'version', '--daemon'))).stdout);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** What `virsh version --daemon` says of the daemon, or else of the library. */
export function parseVersion(text: string): LibvirtVersion | undefined {
  const [, major, minor, micro] =
    /against daemon: (\d+)\.(\d+)\.(\d+)/.exec(text) ??
    /library: libvirt (\d+)\.(\d+)\.(\d+)/.exec(text) ??
    [];
  return major === undefined ? undefined : Number(major) * 1e6 + Number(minor) * 1e3 + Number(micro);
}

/** A version as people write it. */
export function versionText(version: LibvirtVersion): string {
  return `${Math.floor(version / 1e6)}.${Math.floor(version / 1e3) % 1e3}.${version % 1e3}`;
}
