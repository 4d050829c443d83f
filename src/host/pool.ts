import { posix } from 'node:path';
import { bytesOf } from './size';
import type { Volume } from './volume';
import { parseXmlOf } from './xml';

/** A storage pool with its volumes (none are known while it is inactive). Sizes in bytes. */
export interface Pool {
  readonly uuid: string;
  readonly name: string;
  /** libvirt's pool type: `dir`, `fs`, `netfs`, `logical`, `rbd`… */
  readonly type: string;
  readonly active: boolean;
  /** The directory (or device) of the pool, where it has one. */
  readonly path: string | undefined;
  readonly capacity: number;
  readonly allocation: number;
  readonly available: number;
  readonly volumes: readonly Volume[];
  readonly problem: string | undefined;
}

/**
 * Reads what `virsh pool-dumpxml` prints; state and volumes come from elsewhere.
 * @throws Error if the text is not a pool's XML
 */
export function parsePool(xml: string): Omit<Pool, 'active' | 'volumes'> {
  const root = parseXmlOf('pool', xml);
  return {
    uuid: root.textOf('uuid') ?? '',
    name: root.textOf('name') ?? '',
    type: root.attribute('type') ?? 'dir',
    path: root.textOf('target', 'path'),
    capacity: bytesOf(root.first('capacity'), 'bytes'),
    allocation: bytesOf(root.first('allocation'), 'bytes'),
    available: bytesOf(root.first('available'), 'bytes'),
    problem: undefined,
  };
}

const fileBacked = new Set(['dir', 'fs', 'netfs', 'gluster', 'vstorage']);

/** Whether volumes of this pool are files, so that one can be the backing store of a qcow2 overlay (HAZARDS 10). */
export function holdsFiles(pool: Pick<Pool, 'type'>): boolean {
  return fileBacked.has(pool.type);
}

/**
 * The volumes in the table of `virsh vol-list`, with its head or (as a session prints it) without, for a pool whose volumes have paths: a row holds the name, at least three
 * blanks and the path, which ends in the same name. What virsh cannot print stands there as `\xNN`, byte by byte, a
 * backslash before an `x` too. Blanks at the end of a name are lost; such a volume is then not found by its path.
 */
export function parseVolumeList(table: string): { name: string; path: string }[] {
  const rows = table.split('\n');
  const head = rows.findIndex((row) => /^-+$/.test(row));
  return rows.slice(head + 1).flatMap((row) => {
    const text = row.trimEnd();
    // Volumes of rbd, gluster and their like have paths that begin with the name of a pool or a protocol.
    const path = /^ .*? {3,}(\/.*)$/s.exec(text)?.[1] ?? /^ .* {3,}(\S.*)$/s.exec(text)?.[1];
    if (path === undefined) return [];
    const decoded = decode(path);
    return [{ name: posix.basename(decoded), path: decoded }];
  });
}

function decode(printed: string): string {
  return printed.replace(/(?:\\x[0-9a-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('\\x', ''), 'hex').toString(),
  );
}

/**
 * The volumes that virsh's completion names, for a directory pool: one a line, with a backslash before each blank. A
 * name with a line break comes out as two names that do not exist; who finds none at a path asks `vol-list`.
 */
export function parseCompletions(text: string, directory: string): { name: string; path: string }[] {
  const folder = directory.replace(/\/+$/, '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('\\ ', ' '))
    .map((name) => ({ name, path: `${folder}/${name}` }));
}

/** Whether completions, as they were parsed, are what virsh makes of these volumes, some with line breaks in their names. */
export function completesTo(
  volumes: readonly Pick<Volume, 'name'>[],
  completions: readonly Pick<Volume, 'name'>[],
): boolean {
  const lines = volumes.flatMap(({ name }) => name.split('\n')).filter((line) => line !== '');
  const names = completions.map(({ name }) => name);
  return JSON.stringify(lines.sort()) === JSON.stringify(names.sort());
}
