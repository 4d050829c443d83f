import * as l10n from '@vscode/l10n';
import type { Domain } from '../host/domain';
import type { Expectation, Likeness } from '../plan/plan';

/**
 * What is different in a machine that was made from what its plan says.
 * @returns undefined if nothing is, else for people
 */
export function unmetMachine(
  { name, uuid, images, likeness = {} }: Extract<Expectation, { kind: 'machine' }>,
  domain: Domain,
): string | undefined {
  if (uuid !== undefined && domain.uuid !== uuid)
    return l10n.t('The virtual machine {0} is another one than that which was made.', name);
  for (const { path, format, target } of images) {
    const disk = domain.disks.find(({ source }) => source === path);
    if (disk === undefined) return l10n.t('{0} does not use the image {1}.', name, path);
    if (target !== undefined && disk.target !== target)
      return l10n.t('{0} has the image {1} as {2}, not as {3}.', name, path, disk.target, target);
    if (disk.format !== format) {
      return l10n.t('{0} reads {1} as {2}, not as {3}.', name, path, disk.format ?? '?', format);
    }
  }
  return unlike(domain, likeness);
}

function unlike({ name, ...domain }: Domain, wish: Likeness): string | undefined {
  const { memory, vcpus, mac, notMacs = [], nvram, drives, cloneOf } = wish;
  const macs = domain.interfaces.map((nic) => nic.mac?.toLowerCase());
  const removable = domain.disks.filter(({ device }) => device === 'cdrom' || device === 'floppy');
  const full = removable.find(({ source, volume }) => source !== undefined || volume !== undefined);
  const taken = macs.find((one) => one !== undefined && notMacs.includes(one));
  if (memory !== undefined && domain.memory < memory)
    return l10n.t('{0} has {1} bytes of memory, not {2}.', name, domain.memory, memory);
  if (vcpus !== undefined && domain.vcpus !== vcpus)
    return l10n.t('{0} has {1} vCPUs, not {2}.', name, domain.vcpus, vcpus);
  if (mac !== undefined && macs[0] !== mac)
    return l10n.t('{0} has the MAC address {1}, not {2}.', name, macs[0] ?? '?', mac);
  if (taken !== undefined) return l10n.t('{0} has the MAC address {1} of another machine.', name, taken);
  if (nvram !== undefined && domain.nvramFile !== nvram)
    return l10n.t('{0} keeps its UEFI variables in {1}, not in {2}.', name, domain.nvramFile ?? '?', nvram);
  if (drives === 'none' && removable[0] !== undefined)
    return l10n.t('{0} still has the drive {1}.', name, removable[0].target);
  if (drives === 'empty' && full !== undefined)
    return l10n.t('The drive {0} of {1} is not empty.', full.target, name);
  if (cloneOf !== undefined && !(domain.mark?.kind === 'clone' && domain.mark.of === cloneOf.template))
    return l10n.t('{0} is not marked as a clone of its template.', name);
  return undefined;
}
