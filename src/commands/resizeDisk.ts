import * as vscode from 'vscode';
import { pick } from '../flows/ask';
import { findDomain } from '../flows/targets';
import { askSize } from '../flows/volumeChoices';
import type { Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { guardImage } from '../plan/guard';
import { Refusal } from '../plan/plan';
import { resizableDisks, resizeDisk as resizePlan, type Resizable } from '../plan/resizeDisk';
import { toScript } from '../plan/script';
import { sizeText } from '../words/size';
import { agreed } from './agreed';
import { isScripted, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

const shape = {
  host: 'string',
  domain: 'string',
  disk: 'string',
  capacity: 'number',
  preview: 'boolean',
} as const;

/** *Resize Disk…*: enlarges a disk of a machine that is off or runs, and says what is left to do in its guest. */
export const resizeDisk: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Resize Disk');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'resizable');
  const { disk, image } = await diskOf(subject, lineage, given?.disk, title);
  // Before anything is asked that would be of no use.
  guardImage('resize', image.path, lineage);
  if (isScripted(argument) && given?.capacity === undefined)
    throw new Refusal(vscode.l10n.t('The argument needs a "{0}".', 'capacity'));
  const present = sizeText(image.capacity, vscode.env.language);
  const prompt = vscode.l10n.t(
    'New size of {0}, which has {1}: a number with MiB, GiB or TiB, or bytes',
    disk.target,
    present,
  );
  const capacity =
    given?.capacity ??
    (await askSize(title, prompt, image.capacity, (bytes) =>
      bytes > image.capacity ? undefined : vscode.l10n.t('A disk can only grow.'),
    ));
  const planOn = (now: Lineage) => {
    const domain = findDomain(now, subject.uuid);
    return resizePlan({ domain, target: disk.target, capacity, me: process.getuid?.() }, now);
  };
  if (given?.preview === true) return { script: toScript(planOn(lineage)) };
  const verb = vscode.l10n.t('Enlarge');
  const plan = await agreed({ title, verb, host, lineage, planOn }, isScripted(argument), deps);
  await carryOut(plan, host, 'quiet', deps);
  const remaining = plan.notes.join(' ');
  if (!isScripted(argument)) void vscode.window.showInformationMessage(remaining);
  return { disk: disk.target, volume: image.path, capacity, remaining };
};

/** The disk that is meant: the one that is named, the only one, or the one a person picks. */
async function diskOf(
  domain: Domain,
  lineage: Lineage,
  target: string | undefined,
  title: string,
): Promise<Resizable> {
  const disks = resizableDisks(domain, lineage);
  const [only] = disks;
  const found =
    disks.length === 1 && target === undefined ? only : disks.find(({ disk }) => disk.target === target);
  if (found !== undefined) return found;
  if (only === undefined) throw new Refusal(vscode.l10n.t('{0} has no writable disk.', domain.name));
  if (target !== undefined)
    throw new Refusal(vscode.l10n.t('{0} has no writable disk {1} that is known.', domain.name, target));
  const options = disks.map((value) => ({
    label: value.disk.target,
    description: sizeText(value.image.capacity, vscode.env.language),
    detail: value.image.path,
    value,
  }));
  return pick(title, vscode.l10n.t('Disk of {0}', domain.name), options);
}
