import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { cacheDir } from './cache';
import { isPresent, updatePackageLists } from './systemPackages';

/**
 * The directory that holds the unpacked files of a Debian package, downloaded when the cache does not have it.
 * The package is not installed: nothing of the system changes, and root is not needed.
 */
export async function debianPackage(name: string): Promise<string> {
  const target = path.join(cacheDir('debian'), name);
  if (existsSync(target)) return target;
  const work = await mkdtemp(path.join(cacheDir('debian'), '.download-'));
  try {
    await withPackageLists(() => execa('apt-get', ['download', '-q', name], { cwd: work }));
    const file = (await readdir(work)).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get downloaded no package ${name} into ${work}`);
    await execa('dpkg-deb', ['-x', path.join(work, file), path.join(work, 'files')]);
    await rename(path.join(work, 'files'), target).catch((error: unknown) => {
      if (!existsSync(target)) throw error; // else another process was quicker
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

/** The package that holds Debian's current kernel for virtual machines: `linux-image-6.1.0-56-cloud-amd64`. */
export async function newestKernelPackage(): Promise<string> {
  return withPackageLists(async () => {
    const { stdout } = await execa('apt-cache', ['depends', 'linux-image-cloud-amd64'], {
      env: { LC_ALL: 'C.UTF-8' },
    });
    const name = /^\s*Depends: (linux-image-\S+)$/m.exec(stdout)?.[1];
    if (name === undefined) throw new Error('apt-cache knows no kernel for linux-image-cloud-amd64.');
    return name;
  });
}

/** Tries again with new package lists: a bare machine has none, and old ones name packages that are gone. */
async function withPackageLists<T>(work: () => Promise<T>): Promise<T> {
  if (!isPresent('apt-get'))
    throw new Error(
      `The guest image and its tools are made of Debian packages, which are downloaded by apt-get; there is none here. Run this on Debian (for one, in the container image debian:12), or bring the cache ${cacheDir()} along from there.`,
    );
  try {
    return await work();
  } catch {
    await updatePackageLists();
    return work();
  }
}
