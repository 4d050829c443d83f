import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Takes away what nothing holds any more. */
export function collectGarbage(): void {
  for (let times = 0; times < 3; times++) collect();
}

// What the engine makes for itself, above all compiled code, of which there is more and more for thousands of rounds.
const engineOwn = ['code', 'hidden', 'object shape'];

interface Snapshot {
  readonly snapshot: { readonly meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  /** Each node is as many numbers as there are fields. */
  readonly nodes: readonly number[];
}

/**
 * Bytes of objects, texts, functions and buffers that something still holds: all that a program can leak. The size of the
 * heap is no measure of that: it changes by more than a leak of some bytes a round does, with the code that is compiled.
 */
export async function heldBytes(): Promise<number> {
  collectGarbage();
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
  const { snapshot, nodes } = JSON.parse(Buffer.concat(chunks).toString()) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let sum = 0;
  for (let at = 0; at < nodes.length; at += fields.length)
    if (!engineOwn.includes(types[0][nodes[at + type] ?? 0] ?? '')) sum += nodes[at + size] ?? 0;
  return sum;
}
