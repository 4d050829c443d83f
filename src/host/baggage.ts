import { quoteForVirsh } from './commandLine';
import type { Reply } from './batch';
import type { Snapshot } from './domain';
import { cause } from './errors';
import { parseSnapshot } from './snapshot';
import { saysFailure } from './stderr';

/** Which domains have what beside their definitions, by UUID: what must be known before one is deleted or renamed. */
export interface Keepers {
  readonly autostart: ReadonlySet<string>;
  readonly managedSave: ReadonlySet<string>;
  readonly checkpoints: ReadonlySet<string>;
  readonly snapshots: ReadonlySet<string>;
}

/** virsh's lists of the keepers: one round trip each, whatever the number of domains. */
export const keeperCommands = [
  '--autostart',
  '--with-managed-save',
  '--with-checkpoint',
  '--with-snapshot',
].map((filter) => `list --all ${filter} --uuid`);

/** What the replies to `keeperCommands` say. */
export function keepersIn(replies: readonly Reply[]): Keepers {
  const [autostart, managedSave, checkpoints, snapshots] = keeperCommands.map(
    (_, index) => new Set((replies[index]?.stdout ?? '').match(/^[0-9a-f-]{36}$/gm)),
  );
  const none = new Set<string>();
  return {
    autostart: autostart ?? none,
    managedSave: managedSave ?? none,
    checkpoints: checkpoints ?? none,
    snapshots: snapshots ?? none,
  };
}

/** The snapshots of these domains. One that cannot be read stays, and says so: it has images that nobody knows. */
export async function readSnapshots(
  uuids: readonly string[],
  ask: (commands: readonly string[]) => Promise<readonly Reply[]>,
): Promise<Map<string, readonly Snapshot[]>> {
  if (uuids.length === 0) return new Map();
  const lists = await ask(uuids.map((uuid) => `snapshot-list --domain ${uuid} --name`));
  const result = new Map(uuids.map((uuid, index): [string, Snapshot[]] => [uuid, unlisted(lists[index])]));
  const found = uuids.flatMap((uuid, index) =>
    (lists[index]?.stdout ?? '')
      .split('\n')
      .filter((name) => name.trim() !== '')
      .map((name) => ({ uuid, name })),
  );
  const replies = await ask([
    ...uuids.map((uuid) => `snapshot-current --domain ${uuid} --name`),
    ...found.map(
      ({ uuid, name }) => `snapshot-dumpxml --domain ${uuid} --snapshotname ${quoteForVirsh(name)}`,
    ),
  ]);
  const current = new Map(uuids.map((uuid, index) => [uuid, replies[index]?.stdout.split('\n')[0]]));
  found.forEach(({ uuid, name }, index) => {
    const read = snapshotOrProblem(name, replies[uuids.length + index]);
    result.get(uuid)?.push(name === current.get(uuid) ? { ...read, current: true } : read);
  });
  return result;
}

/** What stands for snapshots that could not be listed. */
function unlisted(list: Reply | undefined): Snapshot[] {
  const stderr = list?.stderr ?? '';
  return saysFailure(stderr) ? [{ name: '?', images: [], problem: cause(stderr) }] : [];
}

function snapshotOrProblem(name: string, definition: Reply | undefined): Snapshot {
  try {
    return parseSnapshot(name, definition?.stdout ?? '');
  } catch (error) {
    return { name, images: [], problem: cause(definition?.stderr ?? '') || String(error) };
  }
}
