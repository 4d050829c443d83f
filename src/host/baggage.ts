import { quoteForVirsh } from './commandLine';
import type { Reply } from './batch';
import type { Snapshot } from './domain';
import { parseSnapshot } from './snapshot';

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

/** The snapshots of these domains. What cannot be read is left out of the images, never out of the names. */
export async function readSnapshots(
  uuids: readonly string[],
  ask: (commands: readonly string[]) => Promise<readonly Reply[]>,
): Promise<Map<string, readonly Snapshot[]>> {
  if (uuids.length === 0) return new Map();
  const lists = await ask(uuids.map((uuid) => `snapshot-list --domain ${uuid} --name`));
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
  const result = new Map<string, readonly Snapshot[]>(uuids.map((uuid) => [uuid, []]));
  found.forEach(({ uuid, name }, index) => {
    const read = parseSnapshot(name, replies[uuids.length + index]?.stdout ?? '');
    const snapshot = name === current.get(uuid) ? { ...read, current: true } : read;
    result.set(uuid, [...(result.get(uuid) ?? []), snapshot]);
  });
  return result;
}
