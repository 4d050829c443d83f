import { access } from 'node:fs/promises';

/** Whether there is anything at this path on this machine: also what a pool has not seen yet. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
