import * as l10n from '@vscode/l10n';
import { isActive, type Domain, type Mark } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { startWithHost, stopAutostart } from './autostart';
import { checkBlindSpots } from './blindSpots';
import { generaliseSteps, type Generalise } from './generalise';
import { guardDomain } from './guard';
import { octal } from './mark';
import { markStep } from './markStep';
import { domainNameProblem } from './names';
import { makeReadOnly, makeWritable } from './permissions';
import { placeOf, type Place } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { renameStep } from './rename';

/** What a person decides about a new template. */
export interface TemplateAnswers {
  readonly domain: Domain;
  readonly generalise: Generalise;
  /** What its name is to begin with; empty for the name it has. */
  readonly prefix: string;
  /** The user id here; undefined where there are none. */
  readonly me: number | undefined;
}

/** The prefixes that mean a template in the languages of the extension. */
const prefixes = /^(plantilla|template)[-_]/;

/**
 * The commands that make a template of a machine: generalise it, make its images read-only, mark it, and rename it. All
 * but what virt-sysprep does to an image that is not qcow2 is undone exactly when a step fails.
 * @throws Refusal where the machine is not ready for it
 */
export function convertToTemplate(
  answers: TemplateAnswers,
  lineage: Lineage,
): Plan & { readonly name: string } {
  const { uri } = lineage.inventory;
  const { domain, generalise } = answers;
  const images = checkConvertible(domain, generalise, lineage);
  const name = templateName(domain, answers.prefix, lineage);
  const title = l10n.t('Convert {0} to a template', domain.name);
  const autostart = domain.baggage?.autostart === true;
  const sysprep = generaliseSteps(uri, domain, images, generalise, answers.me);
  const plan = runnable({
    title,
    uri,
    notes: [...notesOn(domain, generalise), ...sysprep.notes],
    steps: [
      ...sysprep.before,
      ...(autostart ? [stopAutostart(uri, domain)] : []),
      mark(uri, domain, images),
      ...(name === domain.name ? [] : [renameStep(uri, domain, name)]),
      ...images.filter(isWritable).map((image) => readOnly(image, placeOf(uri, [image.owner], answers.me))),
      // The way back is kept until nothing can fail any more but the giving up of it.
      ...sysprep.after,
    ],
  });
  return { ...plan, name };
}

/** The name a machine gets as a template; a name that says so already stays. */
export function templateName(domain: Domain, prefix: string, lineage: Lineage): string {
  if (prefix === '' || prefixes.test(domain.name) || domain.name.startsWith(prefix)) return domain.name;
  const name = `${prefix}${domain.name}`;
  const taken = new Set(lineage.inventory.domains.map((one) => one.name));
  const problem = domainNameProblem(name, taken);
  if (problem !== undefined) throw new Refusal(problem);
  return name;
}

function checkConvertible(domain: Domain, generalise: Generalise, lineage: Lineage): Volume[] {
  const { name } = domain;
  if (domain.problem !== undefined)
    throw new Refusal(l10n.t('{0} cannot be read: {1}', name, domain.problem));
  if (isActive(domain)) throw new Refusal(l10n.t('{0} is not switched off. Shut it down first.', name));
  if (!domain.persistent) throw new Refusal(l10n.t('{0} vanishes when it is switched off.', name));
  if (domain.baggage?.managedSave === true) {
    throw new Refusal(
      l10n.t(
        '{0} was not shut down: its memory is saved, and its disks are as they were in the middle of its work. Start it and shut it down, or discard its memory: virsh managedsave-remove',
        name,
      ),
    );
  }
  if (generalise.kind === 'virt-sysprep') guardDomain('generalise', domain, lineage);
  const images = lineage.imagesOf(domain).map((path) => imageAt(path, lineage));
  if (images.length === 0) throw new Refusal(l10n.t('{0} has no writable disk to clone.', name));
  for (const { path } of images) {
    const other = lineage.usersOf(path).find((user) => user.uuid !== domain.uuid);
    if (other !== undefined) {
      throw new Refusal(l10n.t('{0} also belongs to {1}, which could not start any more.', path, other.name));
    }
  }
  return images;
}

function imageAt(path: string, lineage: Lineage): Volume {
  const image = lineage.volume(path);
  if (image?.mode !== undefined) return image;
  throw new Refusal(
    l10n.t(
      'The permissions of {0} cannot be seen. Make its directory a pool, or start and refresh the pool.',
      path,
    ),
  );
}

function isWritable({ mode = 0 }: Volume): boolean {
  return (mode & 0o222) !== 0;
}

function notesOn(domain: Domain, generalise: Generalise): string[] {
  const snapshots = domain.baggage?.snapshots.map(({ name }) => name) ?? [];
  const devices = domain.hostDevices ?? [];
  return [
    ...(generalise.kind === 'done'
      ? [
          l10n.t(
            'It must be generalised already. What must be unique in each clone: machine-id, SSH host keys, host name, DHCP leases, the state of cloud-init.',
          ),
        ]
      : []),
    ...(snapshots.length === 0
      ? []
      : [l10n.t('It has snapshots ({0}), which clones do not get.', snapshots.join(', '))]),
    ...(devices.length === 0
      ? []
      : [
          l10n.t(
            'It has devices of the host ({0}): each clone would want them, and only one can have them.',
            devices.join(', '),
          ),
        ]),
    ...(domain.baggage?.autostart === true
      ? [l10n.t('It is started with its host, which a template must not be: that is switched off.')]
      : []),
  ];
}

/** The mark remembers what Convert to Virtual Machine needs to give everything back as it was. */
function mark(uri: string, domain: Domain, images: readonly Volume[]): Step {
  const before = domain.mark?.kind === 'template' ? domain.mark : undefined;
  const modes = images.filter(isWritable).map(({ path, mode = 0 }) => [path, mode] as const);
  const seed = domain.mark?.seed;
  const now: Mark = {
    kind: 'template',
    name: before?.name ?? domain.name,
    modes: new Map([...(before?.modes ?? []), ...modes]),
    ...(domain.baggage?.autostart === true || before?.autostart === true ? { autostart: true } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
  return setMark(uri, domain, now, l10n.t('Mark {0} as a template', domain.name));
}

function setMark(uri: string, domain: Domain, now: Mark | undefined, title: string): Step {
  const template = now?.kind === 'template';
  return { ...markStep(uri, domain, now, title), verify: { kind: 'marked', uuid: domain.uuid, template } };
}

function readOnly(image: Volume, place: Place): Step {
  return makeReadOnly(image, place, 'a-w', octal(image.mode ?? 0));
}

function writable(image: Volume, place: Place, former: number | undefined): Step {
  return makeWritable(image, place, octal(former ?? (image.mode ?? 0) | 0o200));
}

/** What a person decides about a template that becomes a machine again. */
export interface MachineAnswers {
  readonly domain: Domain;
  readonly me: number | undefined;
}

/**
 * The commands that make a machine of a template again, as it was before: its permissions, its name, and whether it is
 * started with its host.
 * @throws InUse where others stand on it: it could be started, and would damage them
 */
export function convertToVirtualMachine(
  { domain, me }: MachineAnswers,
  lineage: Lineage,
): Plan & { readonly name: string } {
  const { uri } = lineage.inventory;
  guardDomain('free', domain, lineage);
  checkBlindSpots(lineage);
  if (isActive(domain))
    throw new Refusal(l10n.t('{0} is not switched off. Shut it down first.', domain.name));
  const before = domain.mark?.kind === 'template' ? domain.mark : undefined;
  const images = lineage.imagesOf(domain).map((path) => imageAt(path, lineage));
  const name = formerName(domain, before?.name, lineage);
  const title = l10n.t('Convert {0} to a virtual machine', domain.name);
  const autostart = before?.autostart === true && domain.baggage?.autostart !== true;
  const plan = runnable({
    title,
    uri,
    notes: [],
    steps: [
      ...(name === domain.name ? [] : [renameStep(uri, domain, name)]),
      ...images
        .filter((image) => !isWritable(image))
        .map((image) => writable(image, placeOf(uri, [image.owner], me), before?.modes?.get(image.path))),
      ...(autostart ? [startWithHost(uri, domain)] : []),
      ...(before === undefined
        ? []
        : [setMark(uri, domain, undefined, l10n.t('Take the mark of a template from {0}', domain.name))]),
    ],
  });
  if (plan.steps.length > 0) return { ...plan, name };
  throw new Refusal(
    l10n.t(
      '{0} is neither marked nor read-only: only its name makes it a template. Rename it, or change the setting libvirt.templateNamePattern.',
      domain.name,
    ),
  );
}

/** The name it had, if nobody else has it by now. */
function formerName({ name }: Domain, former: string | undefined, lineage: Lineage): string {
  const taken = new Set(lineage.inventory.domains.map((one) => one.name));
  return former === undefined || domainNameProblem(former, taken) !== undefined ? name : former;
}
