import { lstat, open } from 'node:fs/promises';

/** Whether there is anything at this path on this machine: also what a pool has not seen yet. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path); // not what a link points to: a program would write through it
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** Whether something is seen at this path on this machine; what cannot be looked at is not. */
export async function isPresent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes an empty file where there is nothing: of two who try, just one succeeds.
 * @returns false where there is something already
 * @throws Error where no file can be made
 */
export async function reserve(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
