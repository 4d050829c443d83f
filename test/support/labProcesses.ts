import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The programs that a session of libvirt consists of; nothing else is ever ended, wherever it runs. */
const guests = /^(qemu-system-\w+|passt|swtpm)$/;
const daemons = /^(virsh|libvirtd|virt\w+d|dnsmasq|sshd)$/;
const logDaemon = /^virtlogd$/;

/** A running program of a lab. */
export interface LabProcess {
  readonly pid: number;
  readonly program: string;
}

/**
 * The libvirt and QEMU processes that run in this lab: told by the program and by the lab's directory in their
 * environment or arguments. The environment of another user namespace (`asUser` of a dead process) cannot be read;
 * its daemons are told by the lab's pid file, which they hold a lock on.
 */
export function processesOf(dir: string): LabProcess[] {
  const lockers = lockersOfPidFiles(path.join(dir, 'r/libvirt'));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const args = read(pid, 'cmdline').split('\0');
    const program = path.basename(args[0] ?? '');
    if (!guests.test(program) && !daemons.test(program)) return [];
    const mentions = [...args, ...read(pid, 'environ').split('\0')];
    const own = mentions.some((text) => text.includes(`${dir}/`)) || lockers.has(pid);
    return own ? [{ pid: Number(pid), program }] : [];
  });
}

/**
 * Ends every libvirt and QEMU process of a lab: guests first, so that the daemon sees them go, then the daemon,
 * which starts its log daemon again if that goes before it. Asks politely, and kills what is still there after 5 s.
 */
export async function endProcessesOf(dir: string): Promise<void> {
  const isDaemon = (program: string) => daemons.test(program) && !logDaemon.test(program);
  for (const isNext of [(program: string) => guests.test(program), isDaemon, () => true]) {
    const left = () => processesOf(dir).filter(({ program }) => isNext(program));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const { pid } of left()) end(pid, signal);
      for (let waited = 0; waited < 5000 && left().length > 0; waited += 50) await sleep(50);
    }
    if (left().length > 0)
      throw new Error(`Processes of the lab ${dir} do not end: ${JSON.stringify(left())}`);
  }
}

/** When a process started, in clock ticks since the machine did; nothing when it is gone or a zombie. */
export function startTimeOf(pid: number): string | undefined {
  const stat = read(String(pid), 'stat');
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? undefined : fields[18];
}

/** The process that started this one, or that has taken it over; nothing when it is gone. */
export function parentOf(pid: number): number | undefined {
  const stat = read(String(pid), 'stat');
  const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

/** The processes that hold the lock on a pid file with their number in it: a stale pid file has none. */
function lockersOfPidFiles(dir: string): Set<string> {
  const locks = readFileSync('/proc/locks', 'utf8').split('\n');
  const found = new Set<string>();
  for (const name of readOrEmpty(() => readdirSync(dir).join('\n')).split('\n')) {
    if (!name.endsWith('.pid')) continue;
    const file = path.join(dir, name);
    const pid = readOrEmpty(() => readFileSync(file, 'utf8')).trim();
    const inode = readOrEmpty(() => String(statSync(file).ino));
    if (locks.some((line) => line.includes(` ${pid} `) && line.includes(`:${inode} `))) found.add(pid);
  }
  return found;
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function read(pid: string, file: string): string {
  return readOrEmpty(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
}

/** What comes and goes while it is looked at counts as empty when it is gone. */
function readOrEmpty(get: () => string): string {
  try {
    return get();
  } catch {
    return '';
  }
}
