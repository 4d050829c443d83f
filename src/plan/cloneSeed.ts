import * as l10n from '@vscode/l10n';
import { inputFile, virsh, virshReading, type CommandSpec } from '../host/commandLine';
import { writableDisks, type Domain } from '../host/domain';
import { XmlDraft } from '../host/xmlDraft';
import type { LinkedDisk } from './cloneDisks';
import { seedFiles } from './cloudInit';
import type { Identity } from './identity';
import type { LinkedCloneAnswers } from './linkedClone';
import { volCreateAsProblem, volumeNameProblem } from './names';
import { namesIn } from './overlay';
import { Refusal, type Step } from './plan';

/** The seed of a clone that cloud-init reads at its first start: a volume beside the overlay, and a disk on it. */
export interface SeedPlan {
  /** Undefined: there is none. */
  readonly path: string | undefined;
  /** Makes the volume; before the machine, so that what is taken back goes after the machine. */
  readonly make: readonly Step[];
  /** Gives it to the machine. */
  readonly attach: readonly Step[];
}

/**
 * The commands that make a NoCloud seed and attach it. The image is made on this machine and sent through libvirt: so it
 * gets to the pools of other hosts, and to those that only libvirt can write to.
 * @throws Refusal where the clone cannot have one
 */
export function planSeed(
  uri: string,
  answers: LinkedCloneAnswers,
  disks: readonly LinkedDisk[],
  identity: Identity,
): SeedPlan {
  const { cloudInit, name, template } = answers;
  const [first] = disks;
  const drop = dropOther(uri, answers);
  if (cloudInit === undefined || first === undefined) return { path: undefined, make: [], attach: drop };
  const { pool } = first.overlay;
  const volume = `${name}-cidata.iso`;
  const problem = volumeNameProblem(volume, namesIn(pool)) ?? volCreateAsProblem(volume);
  if (problem !== undefined) throw new Refusal(problem);
  const path = first.overlay.path.replace(/[^/]+$/, () => volume);
  const instance = identity.uuid('cloud-init');
  const files = seedFiles(cloudInit, name, instance);
  const room = 2 ** 20 + 2 * Buffer.byteLength(files.userData);
  const directory = `/tmp/libvirt-seed-${instance}`;
  const image = `${directory}/${volumeLabel}.iso`;
  const contents = `${directory}/${volumeLabel}`;
  const create = ['--pool', pool.name, '--name', volume, '--capacity', String(room), '--allocation', '0'];
  const write = (file: string, input: string): Step => ({
    title: l10n.t('Write {0} for cloud-init', file),
    spec: { file: 'install', args: ['-m', '600', inputFile, `${contents}/${file}`], input },
  });
  const clear = (...flags: string[]): CommandSpec => ({ file: 'rm', args: [...flags, '--', directory] });
  return {
    path,
    make: [
      {
        title: l10n.t('Make a directory for the seed of {0}', name),
        spec: { file: 'install', args: ['-d', '-m', '700', directory, contents] },
        undo: {
          kind: 'restore',
          title: l10n.t('Remove the directory {0}', directory),
          done: l10n.t('the directory {0} was removed', directory),
          specs: [clear('-r', '-f')],
        },
      },
      write('meta-data', files.metaData),
      write('user-data', files.userData),
      {
        title: l10n.t('Make the seed image'),
        spec: makeImage(answers, image, contents),
      },
      {
        title: l10n.t('Create the volume {0} for the seed', volume),
        spec: virsh(uri, 'vol-create-as', ...create, '--format', 'raw'),
        atomic: true,
        undo: { kind: 'deleteVolume', pool: pool.uuid, path, backing: undefined },
        verify: { kind: 'volume', path },
      },
      {
        title: l10n.t('Put the seed into {0}', volume),
        spec: virsh(uri, 'vol-upload', '--vol', path, '--file', image),
      },
      { title: l10n.t('Remove the directory {0}', directory), spec: clear('-r') },
    ],
    attach: [...drop, attach(uri, name, seedDisk(template, path))],
  };
}

// What cloud-init looks for.
const volumeLabel = 'cidata';

function makeImage({ isoMaker }: LinkedCloneAnswers, image: string, contents: string): CommandSpec {
  if (isoMaker === undefined) {
    throw new Refusal(
      l10n.t(
        'A seed for cloud-init is made by xorriso, genisoimage or mkisofs, and none of them is here. Install the package {0}.',
        'xorriso',
      ),
    );
  }
  const args = ['-o', image, '-V', volumeLabel, '-J', '-R', contents];
  return { file: isoMaker, args: isoMaker === 'xorriso' ? ['-as', 'mkisofs', ...args] : args };
}

function attach(uri: string, name: string, disk: string): Step {
  return {
    title: l10n.t('Attach the seed to {0}', name),
    spec: virshReading(uri, disk, 'attach-device', '--domain', name, '--config'),
  };
}

/** A clone of a clone would take its parent's identity from its parent's seed. */
function dropOther(uri: string, { template, name, method, drives }: LinkedCloneAnswers): Step[] {
  const { mark, disks } = template;
  if (mark?.seed === undefined || method === 'virt-install') return [];
  const other = disks.find(({ source }) => source === mark.seed);
  if (other === undefined || (other.device === 'cdrom' && drives === 'drop')) return [];
  return [
    {
      title: l10n.t('Remove the drive {0}', other.target),
      spec: virsh(uri, 'detach-disk', '--domain', name, '--target', other.target, '--config'),
    },
  ];
}

/**
 * On the bus of the clone's own disk, which its kernel can drive. QEMU has no read-only disks on IDE and SATA: there it
 * is a CD-ROM.
 */
function seedDisk(template: Domain, path: string): string {
  const bus = writableDisks(template)[0]?.bus ?? 'virtio';
  const prefix = bus === 'virtio' ? 'vd' : bus === 'ide' ? 'hd' : 'sd';
  const make = (...element: Parameters<typeof XmlDraft.make>) => XmlDraft.make(...element);
  const disk = make('disk', { type: 'file', device: bus === 'virtio' ? 'disk' : 'cdrom' }, [
    make('driver', { name: 'qemu', type: 'raw' }),
    make('source', { file: path }),
    make('target', { dev: freeTarget(prefix, template), bus }),
    make('readonly'),
  ]);
  return `${disk.toString()}\n`;
}

/** Behind all others, as virt-install numbers the disks anew from the first letter on. */
function freeTarget(prefix: string, { disks }: Domain): string {
  const letters = disks.flatMap(({ target }) => (target.startsWith(prefix) ? [target.charCodeAt(2)] : []));
  const next = Math.max('a'.charCodeAt(0) - 1, ...letters, 'a'.charCodeAt(0) + disks.length - 1) + 1;
  if (next > 'z'.charCodeAt(0))
    throw new Refusal(l10n.t('There is no free place for the seed of cloud-init.'));
  return `${prefix}${String.fromCharCode(next)}`;
}
