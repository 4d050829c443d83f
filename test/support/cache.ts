import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * A directory below the cache that outlives checkouts: guest images, the browser-hosted VS Code, kernels.
 * `$LINKED_CLONES_CACHE`, else `libvirt-linked-clones` in the user's XDG cache. Created when it is missing.
 */
export function cacheDir(...parts: string[]): string {
  const home = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const root = process.env.LINKED_CLONES_CACHE ?? path.join(home, 'libvirt-linked-clones');
  const dir = path.join(root, ...parts);
  mkdirSync(dir, { recursive: true });
  return dir;
}
