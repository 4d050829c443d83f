import { readFile } from 'node:fs/promises';

/**
 * When a process of this machine was started, in ticks since the machine was: tells it from a later one with the same
 * number. Undefined where that cannot be known: the process is gone, or the system is not Linux.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in parentheses, may hold anything; the start is the 20th field behind it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
