import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as one thing: its id may be given to another later, its id together with its start may not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** A process and all that descend from it, youngest first, as Linux' /proc shows them. */
export async function familyOf(root: number): Promise<ProcessIdentity[]> {
  const running = await allProcesses();
  const family = running.filter(({ pid }) => pid === root);
  // The list grows while it is walked: children's children follow.
  for (const { pid } of family) family.push(...running.filter(({ parent }) => parent === pid));
  return family.reverse().map(({ pid, started }) => ({ pid, started }));
}

/** Asks processes to end, and after two seconds ends those that are still there. */
export async function endProcesses(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const one of await stillRunning(processes)) send(one.pid, signal);
    for (let i = 0; i < 40 && (await stillRunning(processes)).length > 0; i++) await sleep(50);
  }
}

async function stillRunning(processes: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  const running = await allProcesses();
  return processes.filter((one) =>
    running.some(({ pid, started }) => pid === one.pid && started === one.started),
  );
}

async function allProcesses(): Promise<(ProcessIdentity & { parent: number })[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => readStat(Number(pid))));
  return all.filter((one) => one !== undefined);
}

/** /proc/PID/stat; the second field is a name in parentheses that may hold anything. Zombies count as gone. */
async function readStat(pid: number): Promise<(ProcessIdentity & { parent: number }) | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : { pid, parent: Number(parent), started: rest[17] ?? '' };
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}
