import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { cacheDir } from './cache';
import { debianPackage, newestKernelPackage } from './debianPackage';
import { systemPath } from './systemPackages';

const mib = 1024 * 1024;
const diskSize = 128 * mib;
const bootStart = 1 * mib;
const bootSize = 32 * mib;
const dataStart = bootStart + bootSize;
const dataSize = diskSize - dataStart;

/** What the guest needs of its kernel; what they depend on comes with them, what is built in is left out. */
const modules = ['virtio_pci', 'virtio_blk', 'evdev', 'button'];

const kernelArguments =
  'console=ttyS0,115200 quiet no_timer_check mitigations=off nokaslr random.trust_cpu=on cryptomgr.notests';

/**
 * The path of a small bootable Linux in qcow2 (128 MiB, 20 MB of file), built in seconds from Debian packages
 * without root and without mounts, and kept in the cache until its recipe (this file, the guest's init) changes.
 * It counts its starts on its data partition (`/dev/vda2`) and says `LAB GUEST READY boots=N …` on the serial line.
 */
export async function guestImage(): Promise<string> {
  const image = path.join(cacheDir('guest'), `${await recipeHash()}.qcow2`);
  if (existsSync(image)) return image;
  const work = await mkdtemp(path.join(cacheDir('guest'), 'build-'));
  try {
    await rename(await build(work), image);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

async function recipeHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [import.meta.filename, path.join(import.meta.dirname, 'guestInit.sh')])
    hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function build(work: string): Promise<string> {
  const kernel = await debianPackage(await newestKernelPackage());
  const busybox = await debianPackage('busybox-static');
  const boot = await bootPartition(work, await vmlinuz(kernel), await initramfs(work, kernel, busybox));
  const data = await dataPartition(work);

  const disk = path.join(work, 'disk.raw');
  const handle = await open(disk, 'w');
  try {
    await handle.truncate(diskSize);
    await handle.write(await readFile(boot), 0, bootSize, bootStart);
    await handle.write(await readFile(data), 0, dataSize, dataStart);
  } finally {
    await handle.close();
  }
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

async function bootPartition(work: string, kernel: string, initrd: string): Promise<string> {
  const image = path.join(work, 'boot.fat');
  const config = path.join(work, 'syslinux.cfg');
  const lines = [
    'DEFAULT lab',
    'PROMPT 0',
    'LABEL lab',
    '  KERNEL /vmlinuz',
    '  INITRD /initrd',
    `  APPEND ${kernelArguments}`,
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

async function dataPartition(work: string): Promise<string> {
  const content = path.join(work, 'data');
  const image = path.join(work, 'data.ext4');
  await mkdir(content);
  await writeFile(path.join(content, 'boots'), '0\n');
  await emptyFile(image, dataSize);
  await tool('mke2fs', ['-q', '-t', 'ext4', '-L', 'data', '-d', content, image]);
  return image;
}

/** busybox, the init and a handful of modules as the kernel's first root file system. */
async function initramfs(work: string, kernel: string, busybox: string): Promise<string> {
  const root = path.join(work, 'initramfs');
  for (const dir of ['bin', 'dev', 'proc', 'sys', 'data', 'root', 'modules', 'etc/acpi/PWRF'])
    await mkdir(path.join(root, dir), { recursive: true });
  await copyFile(path.join(busybox, 'bin/busybox'), path.join(root, 'bin/busybox'));
  await chmod(path.join(root, 'bin/busybox'), 0o755);
  for (const applet of (await tool(path.join(busybox, 'bin/busybox'), ['--list'])).split('\n'))
    if (applet !== 'busybox') await symlink('busybox', path.join(root, 'bin', applet));
  await writeScript(
    path.join(root, 'init'),
    await readFile(path.join(import.meta.dirname, 'guestInit.sh'), 'utf8'),
  );
  const switchOff = '#!/bin/sh\nsync\numount /data\npoweroff -f\n';
  await writeScript(path.join(root, 'etc/acpi/PWRF/00000080'), switchOff);
  await copyModules(kernel, path.join(root, 'modules'));

  const files = await readdir(root, { recursive: true });
  const archive = path.join(work, 'initramfs.cpio');
  const options = { cwd: root, input: ['.', ...files].join('\n'), stdout: { file: archive } };
  await execa('cpio', ['--quiet', '-o', '-H', 'newc', '-R', '0:0'], {
    ...options,
    env: { PATH: systemPath() },
  });
  await tool('gzip', ['-9', archive]);
  return `${archive}.gz`;
}

/** Copies the modules as `00-name.ko`, `01-name.ko` …, numbered in the order in which they can be loaded. */
async function copyModules(kernel: string, target: string): Promise<void> {
  const files = await readdir(path.join(kernel, 'lib/modules'), { recursive: true });
  const done = new Set<string>();
  const copyWithDependencies = async (name: string): Promise<void> => {
    const found = files.find((file) => [`${name}.ko`, `${name}.ko.xz`].includes(path.basename(file)));
    if (found === undefined || done.has(name)) return;
    done.add(name);
    const unpacked = path.join(target, `${name}.ko`);
    await copyFile(path.join(kernel, 'lib/modules', found), path.join(target, path.basename(found)));
    if (found.endsWith('.xz')) await tool('xz', ['--decompress', `${unpacked}.xz`]);
    for (const dependency of await dependenciesOf(unpacked)) await copyWithDependencies(dependency);
    const order = (await readdir(target)).filter((file) => /^\d/.test(file)).length;
    await rename(unpacked, path.join(target, `${String(order).padStart(2, '0')}-${name}.ko`));
  };
  for (const name of modules) await copyWithDependencies(name);
}

/** The modules that a module names in its own `depends=a,b`. */
async function dependenciesOf(file: string): Promise<string[]> {
  const text = (await readFile(file)).toString('latin1');
  const list = text.split('\0').find((entry) => entry.startsWith('depends='));
  return (list ?? 'depends=').slice('depends='.length).split(',').filter(Boolean);
}

async function writeScript(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}

async function emptyFile(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(bytes);
  await handle.close();
}

async function tool(file: string, args: string[], input?: string): Promise<string> {
  const env = { PATH: systemPath(), LC_ALL: 'C.UTF-8' };
  const result = await execa(file, args, { env, ...(input === undefined ? {} : { input }) });
  return result.stdout;
}
