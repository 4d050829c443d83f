import { needsPerson } from '../host/errors';
import type { Host } from '../host/host';

/** Whether ssh may get further with this host where it can ask: for a password, or whether a new key is right. */
export function canAsk({ overSsh, state }: Pick<Host, 'overSsh' | 'state'>): boolean {
  return overSsh && needsPerson(state.error);
}
