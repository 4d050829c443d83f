import * as l10n from '@vscode/l10n';
import { virsh, virshReading } from '../host/commandLine';
import type { Disk } from '../host/domain';
import type { LinkedDisk } from './cloneDisks';
import { cloneDefinition } from './cloneDefinition';
import type { Identity } from './identity';
import type { LinkedCloneAnswers } from './linkedClone';
import { detectOs, networkArgument, subOption, virtClone, virtInstall, type NewMachine } from './machine';
import type { Likeness, Step } from './plan';
import { firmwareArguments } from './virtInstallFirmware';

/** What the steps of a machine are made from. */
export interface MachineWish {
  readonly uri: string;
  readonly answers: LinkedCloneAnswers;
  readonly disks: readonly LinkedDisk[];
  readonly identity: Identity;
  /** The file of its UEFI variables, where it has to be told of it. */
  readonly nvram: string | undefined;
  /** The volume that cloud-init takes its identity from. */
  readonly seed?: string | undefined;
}

/** The commands that make the machine on its overlays, by the method that was chosen. */
export function machineSteps(wish: MachineWish): Step[] {
  const { name, method } = wish.answers;
  const paths = wish.disks.map(({ overlay }) => overlay.path);
  const title = l10n.t('Create the virtual machine {0} on the overlay', name);
  const undo = { kind: 'undefineDomain', name, image: paths[0] ?? '' } as const;
  const verify = { kind: 'machine', name, images: imagesOf(wish), likeness: likenessOf(wish) } as const;
  switch (method) {
    case 'define': {
      const spec = virshReading(wish.uri, definition(wish), 'define');
      const uuid = wish.identity.uuid('domain');
      return [{ title, undo: { ...undo, uuid }, atomic: true, spec, verify: { ...verify, uuid } }];
    }
    case 'virt-install':
      return [{ title, undo, spec: virtInstall(wish.uri, newMachine(wish)), verify }];
    case 'virt-clone': {
      const steps: Step[] = [{ title, undo, spec: cloneCommand(wish) }, ...corrections(wish)];
      return steps.map((step, index) => (index === steps.length - 1 ? { ...step, verify } : step));
    }
  }
}

/** virt-install numbers the targets anew. */
function imagesOf({ answers, disks }: MachineWish) {
  return disks.map(({ disk: { target }, overlay: { path } }) => ({
    path,
    format: 'qcow2',
    ...(answers.method === 'virt-install' ? {} : { target }),
  }));
}

function likenessOf({ answers, nvram }: MachineWish): Likeness {
  const { template, method, drives } = answers;
  const copied = method === 'virt-clone';
  return {
    memory: copied ? template.memory : (answers.memory ?? template.memory),
    vcpus: copied ? template.vcpus : (answers.vcpus ?? template.vcpus),
    mac: answers.mac,
    notMacs: template.interfaces.flatMap(({ mac }) => mac?.toLowerCase() ?? []),
    nvram,
    ...(method === 'virt-install' || drives === 'keep'
      ? {}
      : { drives: drives === 'drop' ? 'none' : 'empty' }),
    ...(method === 'define' ? { cloneOf: { template: template.uuid } } : {}),
  };
}

function definition({ answers, disks, identity, nvram, seed }: MachineWish): string {
  const { template, name, drives, memory, vcpus, mac, facts } = answers;
  return cloneDefinition(facts.definition, {
    name,
    template,
    identity,
    overlays: new Map(disks.map(({ disk, overlay }) => [disk.target, overlay.path])),
    bases: disks.map(({ overlay }) => overlay.base),
    seed,
    drives,
    nvram,
    memory: memory === template.memory ? undefined : memory,
    vcpus: vcpus === template.vcpus ? undefined : vcpus,
    mac,
  });
}

function cloneCommand({ uri, answers, disks, identity, nvram }: MachineWish) {
  const { template, name, mac } = answers;
  const paths = disks.map(({ overlay }) => overlay.path);
  const others = template.interfaces.slice(1);
  const macs =
    mac === undefined ? [] : [mac, ...others.map((_, index) => identity.mac(`interface ${index + 1}`))];
  return virtClone(uri, template, name, paths, { nvram, macs });
}

/** What virt-clone leaves as it is in the template, and what is put right without defining the machine anew. */
function corrections({ uri, answers, disks }: MachineWish): Step[] {
  const { template, name, drives } = answers;
  // virt-clone keeps the template's driver: over a raw base the guest would get the overlay's raw bytes (HAZARDS 27).
  const wrongDrivers = disks.filter(({ disk, overlay }) => (disk.format ?? overlay.baseFormat) !== 'qcow2');
  const removable = template.disks.filter(({ device }) => device === 'cdrom' || device === 'floppy');
  return [
    ...wrongDrivers.map(({ disk }) => correctDriver(uri, name, disk)),
    ...(drives === 'empty'
      ? removable
          .filter(({ source, volume }) => source !== undefined || volume !== undefined)
          .map(({ target }) => eject(uri, name, target))
      : []),
    ...(drives === 'drop' ? removable.map(({ target }) => detach(uri, name, target)) : []),
  ];
}

function newMachine({ answers, disks, nvram }: MachineWish): NewMachine {
  const { template, name, facts } = answers;
  const networks = answers.networks ?? template.interfaces.flatMap((nic) => networkArgument(nic) ?? []);
  const { mac } = answers;
  return {
    name,
    type: template.type,
    memory: answers.memory ?? template.memory,
    vcpus: answers.vcpus ?? template.vcpus,
    osinfo: answers.osinfo ?? template.osinfo ?? detectOs,
    disks: disks.map(({ disk, overlay }) => ({ path: overlay.path, bus: disk.bus })),
    networks: networks.map((network, index) =>
      index === 0 && mac !== undefined ? `${network},${subOption('mac', mac)}` : network,
    ),
    graphics: template.graphics,
    firmware: firmwareArguments(facts.definition, nvram),
  };
}

function correctDriver(uri: string, name: string, disk: Disk): Step {
  const edit = ['--edit', `target=${disk.target}`, '--disk', 'driver.type=qcow2', '--define'];
  return {
    title: l10n.t('Set the driver of {0} to qcow2', disk.target),
    spec: { file: 'virt-xml', args: ['--connect', uri, name, ...edit] },
  };
}

function eject(uri: string, name: string, target: string): Step {
  return {
    title: l10n.t('Empty the drive {0}', target),
    spec: virsh(uri, 'change-media', '--domain', name, '--path', target, '--eject', '--config'),
  };
}

function detach(uri: string, name: string, target: string): Step {
  return {
    title: l10n.t('Remove the drive {0}', target),
    spec: virsh(uri, 'detach-disk', '--domain', name, '--target', target, '--config'),
  };
}
