import { lstat } from 'node:fs/promises';

/** Whether there is anything at this path on this machine: also what a pool has not seen yet. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path); // not what a link points to: a program would write through it
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
