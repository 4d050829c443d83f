import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so long, or until the signal is aborted; holds no process back that could end. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const options = { ref: false, ...(signal === undefined ? {} : { signal }) };
  await sleep(ms, undefined, options).catch(() => undefined);
}
