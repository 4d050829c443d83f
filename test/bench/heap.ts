import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes on the heap that something still holds. */
export function collectedHeap(): number {
  for (let times = 0; times < 3; times++) collect();
  return process.memoryUsage().heapUsed;
}
