import { setTimeout as sleep } from 'node:timers/promises';
import { isActive } from './domain';
import type { Host } from './host';

// A guest needs some seconds to shut down; it is followed for so long, then left to the next refresh.
const looks = 30;

/** Reads a domain, and nothing else, again and again until it is off or gone, or for a minute. */
export async function untilOff(
  host: Pick<Host, 'state' | 'reread'>,
  uuid: string,
  pauseMs = 2000,
): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const domain = host.state.inventory?.domains.find((candidate) => candidate.uuid === uuid);
    if (domain === undefined || !isActive(domain)) return;
    await sleep(pauseMs, undefined, { ref: false });
    await host.reread({ domains: [uuid] });
  }
}
