import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, writableDisks, type Disk, type Domain } from '../host/domain';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import {
  detectOs,
  domainWord,
  markClone,
  networkArgument,
  startNew,
  virtClone,
  virtInstall,
  type Method,
} from './machine';
import { domainNameProblem, virtInstallNameProblem, virtToolsPathProblem } from './names';
import { overlaySteps, planOverlay, showBase, type Overlay, type VolumeTool } from './overlay';
import { Refusal, runnable, type Plan, type Step } from './plan';

/** What a person decides about a linked clone; undefined means the template's own value. */
export interface LinkedCloneAnswers {
  readonly template: Domain;
  readonly name: string;
  readonly method: Method;
  readonly volumeTool: VolumeTool;
  readonly pool: Pool | undefined;
  /** Bytes, for the first disk; the others keep their base's. */
  readonly capacity: number | undefined;
  /** Bytes. Only virt-install can change it; virt-clone keeps the template's. */
  readonly memory: number | undefined;
  readonly vcpus: number | undefined;
  readonly osinfo: string | undefined;
  readonly networks: readonly string[] | undefined;
  readonly start: boolean;
}

interface LinkedDisk {
  readonly disk: Disk;
  readonly overlay: Overlay;
}

/**
 * The commands that make a linked clone of a template: for each disk the template may write to, an overlay in its
 * place; then the machine; then its mark.
 * @throws Refusal where the clone cannot be made or would not be safe, with the way out
 */
export function linkedClone(answers: LinkedCloneAnswers, lineage: Lineage): Plan {
  const { uri, domains } = lineage.inventory;
  const { template, name } = answers;
  checkTemplate(template, answers.method);
  const taken = new Set(domains.map((domain) => domain.name));
  const forMethod = answers.method === 'virt-install' ? virtInstallNameProblem(name) : undefined;
  const problem = domainNameProblem(name, taken) ?? forMethod;
  if (problem !== undefined) throw new Refusal(problem);

  const disks = linkedDisks(answers, lineage);
  return runnable({
    title: l10n.t('Linked clone {0} of {1}', name, template.name),
    uri,
    notes: notesOn(answers),
    steps: [
      ...disks.flatMap(({ disk, overlay }) => [
        // domblkinfo cannot look into a disk that is given as a volume; its volume says the same.
        ...(disk.source === undefined ? [] : [showSize(uri, template, disk)]),
        showBase(uri, overlay.base),
        ...overlaySteps(uri, overlay, answers.volumeTool),
      ]),
      ...machineSteps(uri, answers, disks),
      markClone(uri, name, template.uuid),
      ...(answers.start ? [startNew(uri, name)] : []),
    ],
  });
}

/** What the new machine's image is called: after the machine, and after the target too where there are several. */
export function overlayName(name: string, target: string, first: boolean): string {
  return first ? `${name}.qcow2` : `${name}-${target}.qcow2`;
}

/**
 * The volume a disk is stored in.
 * @throws Refusal where no active pool knows it
 */
export function baseOf(disk: Disk, lineage: Lineage): Volume {
  const path = lineage.pathOf(disk);
  if (path === undefined) {
    throw new Refusal(
      l10n.t('The disk {0} ({1}) has no image that an overlay could stand on.', disk.target, disk.type),
    );
  }
  const volume = lineage.volume(path);
  if (volume === undefined || lineage.poolOf(volume) === undefined) {
    throw new Refusal(
      l10n.t(
        'The image {0} lies in no active storage pool. Make its directory a pool, or start and refresh the pool.',
        path,
      ),
    );
  }
  return volume;
}

function checkTemplate(template: Domain, method: Method): void {
  const { name } = template;
  if (template.problem !== undefined)
    throw new Refusal(l10n.t('{0} cannot be read: {1}', name, template.problem));
  if (isActive(template)) {
    throw new Refusal(
      l10n.t('{0} is not switched off, so its disks may change under a clone. Shut it down first.', name),
    );
  }
  if (template.nvram) {
    throw new Refusal(
      l10n.t(
        '{0} keeps UEFI variables of its own, which the clone would lose. UEFI templates are not supported yet.',
        name,
      ),
    );
  }
  if (writableDisks(template).length === 0)
    throw new Refusal(l10n.t('{0} has no writable disk to clone.', name));
  if (method === 'virt-clone' && writableDisks(template).some((disk) => disk.backingStated)) {
    throw new Refusal(
      l10n.t(
        'The definition of {0} states a backing store, which virt-clone would carry over to the clone. Choose the method virt-install.',
        name,
      ),
    );
  }
}

function linkedDisks(answers: LinkedCloneAnswers, lineage: Lineage): LinkedDisk[] {
  return writableDisks(answers.template).map((disk, index) => {
    if (disk.encrypted) {
      throw new Refusal(
        l10n.t(
          'The disk {0} is encrypted. An overlay on it would not be; this is not supported.',
          disk.target,
        ),
      );
    }
    const base = baseOf(disk, lineage);
    if (disk.format !== undefined && disk.format !== base.format) {
      throw new Refusal(
        l10n.t(
          'The template reads {0} as {1}, but the image is {2}. Correct the driver type of {3} first.',
          base.path,
          disk.format,
          base.format ?? '?',
          disk.target,
        ),
      );
    }
    const name = overlayName(answers.name, disk.target, index === 0);
    const capacity = index === 0 ? answers.capacity : undefined;
    const overlay = planOverlay({ base, name, pool: answers.pool, capacity }, lineage);
    const problem = virtToolsPathProblem(overlay.path);
    if (problem !== undefined) throw new Refusal(problem);
    return { disk, overlay };
  });
}

function showSize(uri: string, template: Domain, disk: Disk): Step {
  return {
    title: l10n.t('Read the size of {0} in bytes', disk.target),
    spec: virsh(uri, 'domblkinfo', '--domain', domainWord(template), '--device', disk.target),
  };
}

function machineSteps(uri: string, answers: LinkedCloneAnswers, disks: readonly LinkedDisk[]): Step[] {
  const { template, name, method } = answers;
  const paths = disks.map(({ overlay }) => overlay.path);
  const title = l10n.t('Create the virtual machine {0} on the overlay', name);
  const undo = { kind: 'undefineDomain', name, image: paths[0] ?? '' } as const;
  const verify = { kind: 'machine', name, images: paths.map((path) => ({ path, format: 'qcow2' })) } as const;
  if (method === 'virt-install') {
    return [{ title, undo, verify, spec: virtInstall(uri, newMachine(answers, disks)) }];
  }
  // virt-clone keeps the template's driver: over a raw base the guest would get the overlay's raw bytes (HAZARDS 27).
  const wrongDrivers = disks.filter(({ disk, overlay }) => (disk.format ?? overlay.baseFormat) !== 'qcow2');
  const steps: Step[] = [
    { title, undo, spec: virtClone(uri, template, name, paths) },
    ...wrongDrivers.map(({ disk }) => correctDriver(uri, name, disk)),
  ];
  return steps.map((step, index) => (index === steps.length - 1 ? { ...step, verify } : step));
}

function newMachine(answers: LinkedCloneAnswers, disks: readonly LinkedDisk[]) {
  const { template, name } = answers;
  return {
    name,
    type: template.type,
    memory: answers.memory ?? template.memory,
    vcpus: answers.vcpus ?? template.vcpus,
    osinfo: answers.osinfo ?? template.osinfo ?? detectOs,
    disks: disks.map(({ disk, overlay }) => ({ path: overlay.path, bus: disk.bus })),
    networks: answers.networks ?? template.interfaces.flatMap((nic) => networkArgument(nic) ?? []),
    graphics: template.graphics,
  };
}

function correctDriver(uri: string, name: string, disk: Disk): Step {
  const edit = ['--edit', `target=${disk.target}`, '--disk', 'driver.type=qcow2', '--define'];
  return {
    title: l10n.t('Set the driver of {0} to qcow2', disk.target),
    spec: { file: 'virt-xml', args: ['--connect', uri, name, ...edit] },
  };
}

function notesOn({ template, method }: LinkedCloneAnswers): string[] {
  const shared = template.disks.filter((disk) => disk.device === 'disk' && (disk.readonly || disk.shareable));
  const media = template.disks.filter((disk) => disk.device === 'cdrom' || disk.device === 'floppy');
  return [
    ...(method === 'virt-clone' ? shared : []).map((disk) =>
      l10n.t('The disk {0} is shareable or read-only and stays shared with the template.', disk.target),
    ),
    ...(method === 'virt-install' && shared.length + media.length > 0
      ? [
          l10n.t(
            'virt-install makes a machine with the cloned disks only, without the other drives of the template.',
          ),
        ]
      : []),
    ...(template.tpm ? [l10n.t('The TPM of the clone starts empty.')] : []),
  ];
}
