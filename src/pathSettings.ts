import type { Program } from './host/commandLine';

/** The setting, without its prefix, that says where each program is. */
export const pathSettings: Readonly<Record<Program, string>> = {
  virsh: 'virshPath',
  'virt-clone': 'virtClonePath',
  'virt-install': 'virtInstallPath',
  'virt-xml': 'virtXmlPath',
  'qemu-img': 'qemuImgPath',
  'osinfo-query': 'osinfoQueryPath',
  'virt-sysprep': 'virtSysprepPath',
};

/** The setting, without its prefix, that says where a program is; of a tool of the system there is none. */
export function pathSetting(program: string): string | undefined {
  return (pathSettings as Readonly<Partial<Record<string, string>>>)[program];
}
