import { virsh } from '../host/commandLine';
import type { Host } from '../host/host';
import { screenFacts, type ScreenFacts } from './screen';

/**
 * Asks a host how a running machine shows its screen now. A user who may not see secrets is told all but the password.
 * @throws CommandError
 */
export async function readScreen({ uri, run }: Host, uuid: string): Promise<ScreenFacts> {
  const dump = (...options: string[]) => run(virsh(uri, 'dumpxml', '--domain', uuid, ...options));
  const { stdout } = await dump('--security-info').catch(() => dump());
  return screenFacts(stdout);
}
