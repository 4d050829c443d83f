import { setTimeout as sleep } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import { isAborted } from '../host/aborted';
import type { Ended } from './ended';
import { findPoolNamed, type Oracle } from './verify';

/** Longer than another run takes with the pool, also where virt-clone makes many machines; a dead one never ends. */
export const patienceMs = 120_000;
const pauseMs = 200;

/**
 * Starts a pool when no other run has it: libvirt allows one on a directory, and whoever shared that of another run would
 * lose it in the middle.
 * @param start the command that starts it; of two who try at once, just one succeeds
 */
export async function whenFree(
  name: string,
  oracle: Oracle,
  start: () => Promise<Ended>,
  patience: number,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  const last = performance.now() + patience;
  for (;;) {
    if (!(await findPoolNamed(name, oracle))) {
      const ended = await start();
      if (ended.exitCode === undefined || ended.exitCode === 0 || !(await findPoolNamed(name, oracle)))
        return ended;
    }
    if (performance.now() > last) {
      const cause = l10n.t(
        'Another run is using the pool {0}. Wait until it is over. If none is, it was cut off: end the pool by "virsh pool-destroy {0}".',
        name,
      );
      return { exitCode: 1, cause };
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    if (isAborted(signal)) return { exitCode: 1, cause: '' };
  }
}
