import type { Host } from './host';

/**
 * Reads all hosts anew. Those that were well are waited for; one in trouble, or not reached yet, takes its time by
 * itself: a host that takes long to refuse delays nobody. Where none was well, the first that answers is enough.
 */
export async function refreshAll(hosts: readonly Pick<Host, 'state' | 'refresh'>[]): Promise<void> {
  const well = hosts.map(({ state }) => state.inventory !== undefined && state.error === undefined);
  const readings = hosts.map((host) => host.refresh());
  const waitedFor = readings.filter((_, index) => well[index]);
  await Promise.all(waitedFor);
  if (waitedFor.length > 0) return;
  const answers = readings.map(async (reading) => {
    const { error } = await reading;
    if (error !== undefined) throw error;
  });
  // What is wrong with all of them stands on their nodes.
  await Promise.any(answers).catch(() => undefined);
}
