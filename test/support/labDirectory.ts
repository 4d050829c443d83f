import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { endProcessesOf, startTimeOf } from './labProcesses';

/** Short, because a Unix socket's path has at most 107 characters and QEMU's lie deep below. */
const parent = '/tmp';
const prefix = 'llc-';
const longest = 40;

interface Marker {
  readonly pid: number;
  /** Tells the owner from a later process with the same number. */
  readonly started: string;
}

/**
 * Where `npm start` keeps its lab from one start to the next; sweeping leaves it alone. Named after the home and not
 * the user's number, which is another one inside of `asUser`.
 */
export function standingLabDir(): string {
  return path.join(parent, `llc.start-${createHash('sha256').update(homedir()).digest('hex').slice(0, 8)}`);
}

/** Makes a new directory, or takes over a given one, and marks it as this process' own. */
export async function claimLabDir(dir?: string): Promise<string> {
  if (dir === undefined) {
    const made = await mkdtemp(path.join(parent, prefix));
    await mark(made);
    return made;
  }
  if (dir.length > longest) throw new Error(`A lab's directory has at most ${longest} characters: ${dir}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (statSync(dir).uid !== process.getuid?.()) throw new Error(`${dir} belongs to another user.`);
  const owner = readMarker(dir);
  if (owner !== undefined && owner.pid !== process.pid && isAlive(owner))
    throw new Error(`The lab ${dir} is in use by process ${owner.pid}. End that one first.`);
  await mark(dir);
  return dir;
}

/**
 * Ends and removes what labs of dead processes left behind: only directories with the prefix of labs, of this
 * user, whose marker names a process that is gone.
 */
export async function sweepLabs(): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const dir = path.join(parent, name);
    const owner = readMarker(dir);
    if (owner === undefined || isAlive(owner)) continue;
    await endProcessesOf(dir);
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function mark(dir: string): Promise<void> {
  const marker: Marker = { pid: process.pid, started: startTimeOf(process.pid) ?? '' };
  await writeFile(path.join(dir, 'owner.json'), JSON.stringify(marker));
}

function readMarker(dir: string): Marker | undefined {
  try {
    if (statSync(dir).uid !== process.getuid?.()) return undefined;
    return JSON.parse(readFileSync(path.join(dir, 'owner.json'), 'utf8')) as Marker;
  } catch {
    return undefined;
  }
}

function isAlive(owner: Marker): boolean {
  return startTimeOf(owner.pid) === owner.started;
}
