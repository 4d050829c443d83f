import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { bootDisk, emptyFile } from '../support/bootDisk';
import { debianPackage, newestKernelPackage } from '../support/debianPackage';
import { cachedImage } from '../support/guestImage';
import { initramfs } from '../support/initramfs';
import { tool } from '../support/tool';

const mib = 1024 * 1024;
const beside = (file: string) => path.join(import.meta.dirname, file);
const recipe = ['debianImage.ts', 'debianCustomize.sh', 'debianInit.sh', 'debianReady.sh'].map(beside);

/** With what they depend on, all that a cloud image of Debian has and a test looks at. */
const packages = [
  ...['systemd-sysv', 'udev', 'dbus', 'kmod', 'iproute2', 'openssh-server', 'sudo'],
  ...['cloud-init', 'cloud-guest-utils', 'fdisk', 'e2fsprogs'],
];

/**
 * The path of a Debian in qcow2, installed from Debian's packages as its cloud images are: generalised (no machine-id,
 * no host keys, no host name), with cloud-init, which takes what a NoCloud seed says. On its serial line it says
 * `DEBIAN GUEST READY hostname=… machine-id=… …` again and again, once cloud-init is done. Kept in the cache.
 *
 * It is made by mmdebstrap as the user who calls, root or not: in a user namespace with one user, files cannot have owners.
 */
export async function debianImage(): Promise<string> {
  return cachedImage('debian-guest', recipe, build);
}

async function build(work: string): Promise<string> {
  const kernel = await debianPackage(await newestKernelPackage());
  return bootDisk(work, {
    kernel,
    initramfs: await initramfs(work, {
      kernel,
      busybox: await debianPackage('busybox-static'),
      modules: [
        'virtio_pci',
        'virtio_blk',
        'virtio_net',
        'isofs',
        'sr_mod',
        'ahci',
        'autofs4',
        'vfat',
        'nls_cp437',
        'button',
      ],
      dirs: ['disk'],
      scripts: { init: await readFile(beside('debianInit.sh'), 'utf8') },
    }),
    commandLine:
      'console=ttyS0,115200 quiet no_timer_check mitigations=off nokaslr random.trust_cpu=on cryptomgr.notests',
    data: await rootPartition(work),
  });
}

async function rootPartition(work: string): Promise<string> {
  const archive = path.join(work, 'root.tar');
  const root = path.join(work, 'root');
  const owners = path.join(work, 'owners');
  const leftOut = ['doc', 'man', 'locale'].map((dir) => `--dpkgopt=path-exclude=/usr/share/${dir}/*`);
  const customize = `--customize-hook=${beside('debianCustomize.sh')}`;
  const options = ['--variant=minbase', '--aptopt=APT::Install-Recommends "false"', ...leftOut, customize];
  await tool('mmdebstrap', [...options, `--include=${packages.join(',')}`, await suite(), archive]);
  await mkdir(root);
  // One program unpacks and another packs: what only root may give away is written down between them.
  const asOwner = (state: string, file: string, args: string[]) =>
    tool('fakeroot', [state, owners, '--', file, ...args]);
  await asOwner('-s', 'tar', ['--extract', '--file', archive, '--directory', root, '--exclude=./dev/*']);
  const image = path.join(work, 'root.ext4');
  await emptyFile(image, 600 * mib);
  await asOwner('-i', 'mke2fs', ['-q', '-t', 'ext4', '-L', 'root', '-d', root, image]);
  return image;
}

/** The code name of this machine's Debian, whose packages the guest gets. */
async function suite(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  return /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? 'stable';
}
