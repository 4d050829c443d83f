import * as l10n from '@vscode/l10n';
import { option, virsh, type CommandSpec } from '../host/commandLine';
import type { Domain, Interface } from '../host/domain';
import type { Volume } from '../host/volume';
import { markCommand, recordsOf } from './mark';
import type { Step } from './plan';

/** How the machine on the overlay is made; `define`: from a definition that is made here, by virsh alone. */
export const methods = ['virt-clone', 'virt-install', 'define'] as const;
export type Method = (typeof methods)[number];

/** The words that let virt-install guess the system and go on when it cannot. */
export const detectOs = 'detect=on,require=off';

/** A machine as virt-install is told of it. */
export interface NewMachine {
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly memory: number;
  readonly vcpus: number;
  /** A libosinfo id (a URI), a short id such as `debian12`, or `detectOs`. */
  readonly osinfo: string;
  readonly disks: readonly { readonly path: string; readonly bus: string | undefined }[];
  /** Arguments of --network, one for each interface. */
  readonly networks: readonly string[];
  readonly graphics: string | undefined;
  /** Arguments that say what firmware it has. */
  readonly firmware?: readonly string[];
}

/**
 * `virt-clone` with the overlays in the order of the disks they replace (HAZARDS 28).
 * @param macs none, or one for each interface: it fails where there are fewer
 */
export function virtClone(
  uri: string,
  original: Domain,
  name: string,
  overlays: readonly string[],
  { nvram, macs = [] }: { readonly nvram?: string | undefined; readonly macs?: readonly string[] } = {},
): CommandSpec {
  return {
    file: 'virt-clone',
    args: [
      ...['--connect', uri],
      ...option('--original', original.name),
      ...option('--name', name),
      ...overlays.flatMap((path) => option('--file', path)),
      ...(nvram === undefined ? [] : option('--nvram', nvram)),
      ...macs.flatMap((mac) => option('--mac', mac)),
      '--preserve-data',
    ],
  };
}

/**
 * `virt-install --import`, which defines the machine and does not start it. An OS must be given, also for an import
 * (HAZARDS 33); the bus is given because a system that is not recognised would get IDE disks.
 */
export function virtInstall(uri: string, machine: NewMachine): CommandSpec {
  const networks = machine.networks.length === 0 ? ['none'] : machine.networks;
  const graphics = machine.graphics === 'vnc' || machine.graphics === 'spice' ? machine.graphics : 'none';
  return {
    file: 'virt-install',
    args: [
      ...['--connect', uri],
      ...['--virt-type', machine.type],
      ...option('--name', machine.name),
      ...['--osinfo', /^[a-z]+:\/\//.test(machine.osinfo) ? subOption('id', machine.osinfo) : machine.osinfo],
      ...machine.disks.flatMap(({ path, bus }) => [
        '--disk',
        [subOption('path', path), ...(bus === undefined ? [] : [subOption('bus', bus)])].join(','),
      ]),
      ...['--memory', String(Math.ceil(machine.memory / 2 ** 20))],
      ...['--vcpus', String(machine.vcpus)],
      ...networks.flatMap((network) => ['--network', network]),
      ...['--graphics', graphics],
      ...(machine.firmware ?? []),
      '--import',
      '--noautoconsole',
      '--noreboot',
    ],
  };
}

/** An interface as virt-install's --network says it; undefined for kinds that it cannot say. */
export function networkArgument({ type, source, model }: Interface): string | undefined {
  const place =
    type === 'user'
      ? 'user'
      : source === undefined
        ? undefined
        : type === 'network' || type === 'bridge'
          ? subOption(type, source)
          : type === 'direct'
            ? `type=direct,${subOption('source', source)}`
            : undefined;
  if (place === undefined) return undefined;
  return model === undefined ? place : `${place},${subOption('model', model)}`;
}

/** Writes the clone's mark; it takes the place of a template's mark that virt-clone carried over (HAZARDS 31). */
export function markClone(
  uri: string,
  name: string,
  templateUuid: string | undefined,
  bases: readonly Volume[],
  seed?: string,
): Step {
  return {
    title: l10n.t('Mark {0} as a linked clone', name),
    spec: markCommand(uri, name, {
      kind: 'clone',
      of: templateUuid,
      ...recordsOf(bases),
      ...(seed === undefined ? {} : { seed }),
    }),
    verify: { kind: 'machine', name, images: [], likeness: { cloneOf: { template: templateUuid } } },
  };
}

/** The step that starts a machine which earlier steps of the same plan have made. */
export function startNew(uri: string, name: string): Step {
  return {
    title: l10n.t('Start {0}', name),
    spec: virsh(uri, 'start', '--domain', name),
    verify: { kind: 'state', domain: name, active: true },
  };
}

/** A domain as virsh is told of it: by name where that is plain, else by UUID (a number would be taken for an id). */
export function domainWord(domain: Pick<Domain, 'name' | 'uuid'>): string {
  return /^\d+$/.test(domain.name) || domain.name.startsWith('-') ? domain.uuid : domain.name;
}

/** `key=value` in the comma-separated lists of virtinst, which are split like words of a POSIX shell. */
export function subOption(key: string, value: string): string {
  if (/^[\p{L}\p{N}@%+:./_ -]*$/u.test(value)) return `${key}=${value}`;
  return `${key}="${value.replace(/["\\]/g, '\\$&')}"`;
}
