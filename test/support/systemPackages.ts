import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

/** What a part of the project needs system packages for. */
export type Purpose =
  | 'libvirt'
  | 'guest'
  | 'tpm'
  | 'debian'
  | 'ssh'
  | 'browser'
  | 'vscode-build'
  | 'locale'
  | 'pictures'
  | 'bench';

/** A program (looked for on the path) or a file (absolute) and the Debian package that brings it. */
type Need = readonly [proof: string, debianPackage: string];

const why: Record<Purpose, string> = {
  libvirt: 'libvirt, QEMU and the virt tools',
  guest: 'a guest image',
  tpm: 'an emulated TPM',
  ssh: 'a host behind ssh',
  browser: 'a browser for VS Code',
  'vscode-build': 'building the browser-hosted VS Code',
  locale: 'a Spanish locale',
  debian: 'installing a Debian into an image',
  pictures: 'the pictures of the README',
  bench: "libvirt's binding for Python, to compare with",
};

const needs: Record<Purpose, readonly Need[]> = {
  libvirt: [
    ['virsh', 'libvirt-clients'],
    ['libvirtd', 'libvirt-daemon-system'],
    ['virt-clone', 'virtinst'],
    ['virt-install', 'virtinst'],
    ['virt-xml', 'virtinst'],
    ['qemu-system-x86_64', 'qemu-system-x86'],
    ['qemu-img', 'qemu-utils'],
    ['osinfo-query', 'libosinfo-bin'],
    ['/usr/share/osinfo/os/debian.org/debian-11.xml', 'osinfo-db'],
    ['dnsmasq', 'dnsmasq-base'],
    ['dbus-daemon', 'dbus'],
    ['unshare', 'util-linux'],
    ['xorriso', 'xorriso'],
    ['/usr/share/OVMF/OVMF_CODE_4M.fd', 'ovmf'],
  ],
  guest: [
    ['syslinux', 'syslinux'],
    ['/usr/lib/syslinux/mbr/mbr.bin', 'syslinux-common'],
    ['mcopy', 'mtools'],
    ['mkfs.vfat', 'dosfstools'],
    ['sfdisk', 'fdisk'],
    ['cpio', 'cpio'],
    ['mke2fs', 'e2fsprogs'],
    ['xz', 'xz-utils'],
    ['qemu-img', 'qemu-utils'],
  ],
  tpm: [
    ['swtpm', 'swtpm'],
    ['swtpm_setup', 'swtpm-tools'],
  ],
  ssh: [
    ['ssh', 'openssh-client'],
    ['ssh-keygen', 'openssh-client'],
  ],
  pictures: [['img2webp', 'webp']],
  browser: [
    ['chromium', 'chromium'],
    ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', 'fonts-dejavu-core'],
    ['/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf', 'fonts-liberation'],
  ],
  'vscode-build': [
    ['g++', 'g++'],
    ['make', 'make'],
    ['python3', 'python3'],
    ['pkg-config', 'pkg-config'],
    ['/usr/include/gssapi/gssapi.h', 'libkrb5-dev'],
  ],
  locale: [['localedef', 'libc-bin']],
  debian: [
    ['mmdebstrap', 'mmdebstrap'],
    ['fakeroot', 'fakeroot'],
    ['fakechroot', 'fakechroot'],
  ],
  bench: [['/usr/lib/python3/dist-packages/libvirt.py', 'python3-libvirt']],
};

const spanish = 'es_ES.UTF-8';

/** The user's path and the sbin directories, which an ordinary user of Debian does not have on it. */
export function systemPath(): string {
  const own = (process.env.PATH ?? '').split(path.delimiter);
  const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'].filter((dir) => !own.includes(dir));
  return [...own, ...sbin].join(path.delimiter);
}

/**
 * Installs the Debian packages whose programs are missing, after one line that says which and why; through sudo
 * when not root. Silent when nothing is missing. Throws an error that names the programs where there is no
 * apt-get, or with apt-get's own output when that fails.
 */
export async function ensureSystemPackages(purposes: readonly Purpose[]): Promise<void> {
  const missing = purposes.flatMap((purpose) =>
    needs[purpose].filter(([proof]) => !isPresent(proof)).map(([proof, name]) => ({ purpose, proof, name })),
  );
  const spanishMissing = purposes.includes('locale') && !(await hasSpanish());
  if (spanishMissing && !existsSync('/usr/share/i18n/locales/es_ES'))
    missing.push({ purpose: 'locale', proof: '/usr/share/i18n/locales/es_ES', name: 'locales' });
  if (missing.length > 0) await install(missing);
  if (spanishMissing) await asRoot('localedef', ['-i', 'es_ES', '-c', '-f', 'UTF-8', spanish]);
}

/** Reads Debian's package lists anew, for who downloads packages without installing them. */
export async function updatePackageLists(): Promise<void> {
  await asRoot('apt-get', ['update', '-q']);
}

async function install(missing: { purpose: Purpose; proof: string; name: string }[]): Promise<void> {
  const reasons = unique(missing.map(({ purpose }) => why[purpose])).join(', ');
  if (!isPresent('apt-get')) {
    const programs = unique(missing.map(({ proof }) => proof)).join(', ');
    throw new Error(
      `These programs are missing: ${programs}. They are needed for ${reasons}. Please install them.`,
    );
  }
  const names = unique(missing.map(({ name }) => name));
  console.log(`Installing ${names.join(' ')} with apt-get: ${reasons}.`);
  await updatePackageLists();
  await asRoot('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names]);
}

/** Runs a program as root; its output is only seen when it fails. sudo may ask for a password on the terminal. */
async function asRoot(file: string, args: string[]): Promise<void> {
  const settings = ['DEBIAN_FRONTEND=noninteractive', `PATH=${systemPath()}`, 'LC_ALL=C.UTF-8'];
  const command = ['env', ...settings, file, ...args];
  if (process.getuid?.() !== 0) {
    if (!isPresent('sudo'))
      throw new Error(`Neither root nor sudo: please run as root: ${file} ${args.join(' ')}`);
    command.unshift('sudo', '--');
  }
  const [first = 'env', ...rest] = command;
  const result = await execa(first, rest, { stdin: 'inherit', all: true, reject: false });
  if (result.failed) throw new Error(`${file} ${args.join(' ')} failed:\n${result.all}`);
}

async function hasSpanish(): Promise<boolean> {
  const { stdout } = await execa('locale', ['-a'], { reject: false });
  return /^es_ES\.utf-?8$/im.test(stdout);
}

/** Whether a program is on the path, or a file is there. */
export function isPresent(proof: string): boolean {
  if (path.isAbsolute(proof)) return existsSync(proof);
  return systemPath()
    .split(path.delimiter)
    .some((dir) => {
      try {
        accessSync(path.join(dir, proof), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
