import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bootDisk, emptyFile } from './bootDisk';
import { cacheDir } from './cache';
import { debianPackage, newestKernelPackage } from './debianPackage';
import { initramfs } from './initramfs';
import { tool } from './tool';

const mib = 1024 * 1024;
const init = path.join(import.meta.dirname, 'guestInit.sh');
/** What every image is made by. */
const makers = ['bootDisk.ts', 'initramfs.ts'].map((file) => path.join(import.meta.dirname, file));

/**
 * The path of a small bootable Linux in qcow2 (128 MiB, 20 MB of file), built in seconds from Debian packages
 * without root and without mounts, and kept in the cache until its recipe (this file, the guest's init) changes.
 * It counts its starts on its data partition (`/dev/vda2`) and says `LAB GUEST READY boots=N …` on the serial line.
 */
export async function guestImage(): Promise<string> {
  return cachedImage('guest', [import.meta.filename, init], build);
}

/**
 * An image of the cache, built anew when one of the files of its recipe changes.
 * @param build makes the image in a directory that is removed afterwards, and resolves with its path
 */
export async function cachedImage(
  kind: string,
  recipe: readonly string[],
  build: (work: string) => Promise<string>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [...recipe, ...makers]) hash.update(await readFile(file));
  const image = path.join(cacheDir(kind), `${hash.digest('hex').slice(0, 16)}.qcow2`);
  if (existsSync(image)) return image;
  const work = await mkdtemp(path.join(cacheDir(kind), 'build-'));
  try {
    await rename(await build(work), image);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

async function build(work: string): Promise<string> {
  const kernel = await debianPackage(await newestKernelPackage());
  const switchOff = '#!/bin/sh\nsync\numount /data\npoweroff -f\n';
  return bootDisk(work, {
    kernel,
    initramfs: await initramfs(work, {
      kernel,
      busybox: await debianPackage('busybox-static'),
      modules: ['virtio_pci', 'virtio_blk', 'evdev', 'button'],
      dirs: ['data', 'root', 'etc/acpi/PWRF'],
      scripts: { init: await readFile(init, 'utf8'), 'etc/acpi/PWRF/00000080': switchOff },
    }),
    commandLine:
      'console=ttyS0,115200 quiet no_timer_check mitigations=off nokaslr random.trust_cpu=on cryptomgr.notests',
    data: await dataPartition(work),
  });
}

async function dataPartition(work: string): Promise<string> {
  const content = path.join(work, 'data');
  const image = path.join(work, 'data.ext4');
  await mkdir(content);
  await writeFile(path.join(content, 'boots'), '0\n');
  await emptyFile(image, 95 * mib);
  await tool('mke2fs', ['-q', '-t', 'ext4', '-L', 'data', '-d', content, image]);
  return image;
}
