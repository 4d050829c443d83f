import type { CommandSpec, Tool } from '../host/commandLine';

/** How a family of distributions installs what the extension works with. */
interface Manager {
  readonly file: Tool;
  readonly args: readonly string[];
}

const families: readonly (readonly [ids: readonly string[], (arch: string) => Manager])[] = [
  [
    ['debian', 'ubuntu'],
    (arch) => ({
      file: 'apt-get',
      args: [
        'install',
        ...[
          'libvirt-clients',
          'libvirt-daemon-system',
          arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86',
        ],
        ...['qemu-utils', 'virtinst', 'libosinfo-bin'],
      ],
    }),
  ],
  [
    ['fedora', 'rhel', 'centos'],
    () => ({
      file: 'dnf',
      args: ['install', 'libvirt-client', 'libvirt-daemon-kvm', 'qemu-img', 'virt-install', 'libosinfo'],
    }),
  ],
  [
    ['suse', 'opensuse'],
    () => ({
      file: 'zypper',
      args: ['install', 'libvirt-client', 'libvirt-daemon-qemu', 'qemu-tools', 'virt-install', 'libosinfo'],
    }),
  ],
  [
    ['arch'],
    () => ({
      file: 'pacman',
      args: ['-S', '--needed', 'libvirt', 'qemu-base', 'dnsmasq', 'virt-install', 'libosinfo'],
    }),
  ],
];

/**
 * The command that installs libvirt's tools on this machine; it asks before it changes anything.
 * @param osRelease the text of `/etc/os-release` (os-release(5))
 * @param arch the processor, in Node's words
 * @param root whether it runs as root, who needs no sudo
 * @returns undefined for a distribution that is not known here
 */
export function installCommand(osRelease: string, arch: string, root: boolean): CommandSpec | undefined {
  const ids = ['ID', 'ID_LIKE'].flatMap((key) => valueOf(osRelease, key).split(/\s+/));
  for (const id of ids) {
    const family = families.find(([names]) => names.includes(id));
    if (family === undefined) continue;
    const { file, args } = family[1](arch);
    return root ? { file, args } : { file: 'sudo', args: [file, ...args] };
  }
  return undefined;
}

function valueOf(osRelease: string, key: string): string {
  const line = osRelease.split('\n').find((each) => each.startsWith(`${key}=`)) ?? '';
  return line.slice(key.length + 1).replace(/^(["'])(.*)\1$/, '$2');
}
