import { virsh } from './commandLine';
import { CommandError } from './errors';
import type { Run } from './process';
import { parseXml } from './xml';

/** The hypervisor a new machine of this host gets unless told: `kvm` where the host has it, else `qemu`. */
export async function virtType(run: Run, uri: string): Promise<string> {
  try {
    const { stdout } = await run(virsh(uri, 'domcapabilities'));
    return parseXml(stdout).textOf('domain') ?? 'qemu';
  } catch (error) {
    if (error instanceof CommandError) return 'qemu';
    throw error;
  }
}
