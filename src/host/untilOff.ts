import { isActive, type Domain } from './domain';
import type { Host } from './host';
import { pause } from './pause';

/** How long guests that shut down are waited for, and who is told of it. */
export interface Patience {
  readonly limitMs: number;
  readonly pauseMs?: number;
  /** Ends the waiting; the guests are left alone. */
  readonly signal?: AbortSignal;
  /** Told now and then who still runs, and what part of the time has passed since it was last told. */
  readonly onLook?: (running: readonly Domain[], passed: number) => void;
}

/**
 * Reads domains, and nothing else, again and again until all are off or gone, or nobody wants to wait any longer.
 * @returns those that still run, as they are now; one that was started anew meanwhile has been off
 */
export async function untilOff(
  host: Pick<Host, 'state' | 'reread'>,
  domains: readonly Pick<Domain, 'uuid' | 'runId'>[],
  { limitMs, pauseMs = 1000, signal, onLook }: Patience,
): Promise<Domain[]> {
  const begun = performance.now();
  for (let last = begun; ;) {
    const running = stillRunning(host, domains);
    const now = performance.now();
    if (running.length === 0 || now - begun >= limitMs || signal?.aborted === true) return running;
    onLook?.(running, (now - last) / limitMs);
    last = now;
    await pause(pauseMs, signal);
    await host.reread({ domains: running.map(({ uuid }) => uuid) });
  }
}

/** Of these domains those that are still in the same run, as far as their host is known. */
export function stillRunning(
  { state }: Pick<Host, 'state'>,
  domains: readonly Pick<Domain, 'uuid' | 'runId'>[],
): Domain[] {
  return domains.flatMap(({ uuid, runId }) => {
    const now = state.inventory?.domains.find((candidate) => candidate.uuid === uuid);
    return now !== undefined && isActive(now) && now.runId === runId ? [now] : [];
  });
}
