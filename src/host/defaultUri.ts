import { virsh } from './commandLine';
import { CommandError } from './errors';
import type { Run } from './process';

/**
 * The host that is meant when none is set: `LIBVIRT_DEFAULT_URI`, else the system's libvirt if it answers, else the
 * user's own session, which virsh starts when it is asked.
 */
export async function defaultUri(run: Run, env: NodeJS.ProcessEnv): Promise<string> {
  const told = env.LIBVIRT_DEFAULT_URI;
  if (told !== undefined && told !== '') return told;
  try {
    await run(virsh('qemu:///system', 'uri'), { timeoutMs: 5000 });
    return 'qemu:///system';
  } catch (error) {
    if (error instanceof CommandError) return 'qemu:///session';
    throw error;
  }
}
