import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tool } from './tool';

const mib = 1024 * 1024;
const bootStart = 1 * mib;
const bootSize = 32 * mib;
const dataStart = bootStart + bootSize;

/** What a disk boots, and what else is on it. */
export interface BootDisk {
  /** The unpacked Debian package of a kernel. */
  readonly kernel: string;
  /** The kernel's first root file system: a compressed cpio archive. */
  readonly initramfs: string;
  /** The kernel's arguments. */
  readonly commandLine: string;
  /** The file whose contents become the second partition, whole MiB long. */
  readonly data: string;
}

/**
 * Makes a qcow2 disk in a directory that a BIOS boots: syslinux and the kernel on its first partition, the data on its
 * second (`/dev/vda2`), up to the end of the disk. Without root and without mounts. Resolves with its path.
 */
export async function bootDisk(work: string, { kernel, initramfs, commandLine, data }: BootDisk) {
  const boot = await bootPartition(work, await vmlinuz(kernel), initramfs, commandLine);
  const dataSize = (await stat(data)).size;
  const disk = path.join(work, 'disk.raw');
  await emptyFile(disk, dataStart + dataSize);
  const place = (file: string, start: number) => [`if=${file}`, `of=${disk}`, 'bs=1M', `seek=${start / mib}`];
  for (const args of [place(boot, bootStart), place(data, dataStart)])
    await tool('dd', [...args, 'conv=notrunc,sparse', 'status=none']);
  const sectors = (bytes: number) => bytes / 512;
  const table = [
    'label: dos',
    'label-id: 0x6c6c6331',
    `start=${sectors(bootStart)}, size=${sectors(bootSize)}, type=e, bootable`,
    `start=${sectors(dataStart)}, size=${sectors(dataSize)}, type=83`,
  ];
  await tool('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', disk], table.join('\n'));
  await writeBootCode(disk, await readFile('/usr/lib/syslinux/mbr/mbr.bin'));
  const image = path.join(work, 'disk.qcow2');
  await tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', disk, image]);
  return image;
}

/** Makes a file of zeros of this many bytes, which takes no space. */
export async function emptyFile(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(bytes);
  await handle.close();
}

/** The first 440 bytes of the disk; behind them lies the partition table. */
async function writeBootCode(disk: string, code: Buffer): Promise<void> {
  const handle = await open(disk, 'r+');
  try {
    await handle.write(code, 0, Math.min(code.length, 440), 0);
  } finally {
    await handle.close();
  }
}

async function vmlinuz(kernel: string): Promise<string> {
  const name = (await readdir(path.join(kernel, 'boot'))).find((file) => file.startsWith('vmlinuz-'));
  if (name === undefined) throw new Error(`No kernel in ${kernel}/boot`);
  return path.join(kernel, 'boot', name);
}

async function bootPartition(work: string, kernel: string, initrd: string, commandLine: string) {
  const image = path.join(work, 'boot.fat');
  const config = path.join(work, 'syslinux.cfg');
  const lines = [
    'DEFAULT lab',
    'PROMPT 0',
    'LABEL lab',
    '  KERNEL /vmlinuz',
    '  INITRD /initrd',
    `  APPEND ${commandLine}`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  await emptyFile(image, bootSize);
  await tool('mkfs.vfat', ['-F', '16', '-n', 'BOOT', image]);
  await tool('syslinux', ['--install', image]);
  await tool('mcopy', ['-i', image, kernel, '::vmlinuz']);
  await tool('mcopy', ['-i', image, initrd, '::initrd']);
  await tool('mcopy', ['-i', image, config, '::syslinux.cfg']);
  return image;
}
