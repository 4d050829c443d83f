import { CommandError, needsPerson } from '../host/errors';
import type { Host } from '../host/host';

/**
 * Whether a terminal may get further with this host, because somebody can be asked there: ssh for a password, or whether
 * a new key is right; polkit, for which virsh brings an agent to a terminal.
 */
export function canAsk({ overSsh, state }: Pick<Host, 'overSsh' | 'state'>): boolean {
  return (overSsh && needsPerson(state.error)) || lacksAgent(state.error);
}

/** Whether polkit wanted to ask and had no way to. */
export function lacksAgent(error: Error | undefined): boolean {
  return error instanceof CommandError && /no polkit agent/i.test(error.stderr);
}
