import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';

/**
 * Copies the `*.xml` of one directory into another, in place of those of the same names. Each appears whole or not at
 * all: several labs may do this at the same time.
 */
export async function copyXmlFiles(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (!name.endsWith('.xml')) continue;
    const unfinished = path.join(to, `.${randomUUID()}`);
    await copyFile(path.join(from, name), unfinished);
    await rename(unfinished, path.join(to, name));
  }
}
