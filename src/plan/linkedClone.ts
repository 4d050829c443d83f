import * as l10n from '@vscode/l10n';
import type { Domain } from '../host/domain';
import type { IsoMaker } from '../host/isoMaker';
import type { Pool } from '../host/pool';
import type { TemplateFacts } from '../host/templateFacts';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { checkMac, checkTemplate } from './cloneChecks';
import { linkedDisks, showSize, type LinkedDisk } from './cloneDisks';
import { machineSteps } from './cloneMachine';
import { notesOnClone } from './cloneNotes';
import { planSeed } from './cloneSeed';
import type { CloudInit } from './cloudInit';
import { planNvram, type NvramPlan } from './cloneNvram';
import { checkCloneRoom } from './cloneRoom';
import type { Drives } from './definitionDisks';
import { identityOf } from './identity';
import { markClone, startNew, type Method } from './machine';
import { domainNameProblem, virtInstallNameProblem } from './names';
import { overlaySteps, showBase, type VolumeTool } from './overlay';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { poolsForVirtClone } from './cloneMedia';

/** What a person decides about a linked clone; undefined means the template's own value. */
export interface LinkedCloneAnswers {
  readonly template: Domain;
  readonly facts: TemplateFacts;
  readonly name: string;
  readonly method: Method;
  readonly volumeTool: VolumeTool;
  readonly pool: Pool | undefined;
  /** Bytes, for the first disk; the others keep their base's. */
  readonly capacity: number | undefined;
  /** Bytes. virt-clone cannot change it. */
  readonly memory: number | undefined;
  readonly vcpus: number | undefined;
  readonly osinfo: string | undefined;
  readonly networks: readonly string[] | undefined;
  /** Of the first interface; undefined for a new one. */
  readonly mac: string | undefined;
  readonly drives: Drives;
  readonly start: boolean;
  /** Who it is to be from its first start on; undefined: whatever its image makes of it. */
  readonly cloudInit?: CloudInit | undefined;
  /** What makes images for it on this machine; undefined where there is nothing. */
  readonly isoMaker?: IsoMaker | undefined;
  /** Random, chosen once for the person's gesture: the new identities follow from it and from the name. */
  readonly seed: string;
}

/** The steps for one clone, and those around them that several clones have in common. */
interface Made {
  readonly disks: readonly LinkedDisk[];
  readonly nvram: NvramPlan;
  readonly before: readonly Step[];
  readonly steps: readonly Step[];
  readonly after: readonly Step[];
}

/**
 * The commands that make a linked clone of a template: for each disk the template may write to, an overlay in its
 * place; then the machine; then its mark.
 * @throws Refusal where the clone cannot be made or would not be safe, with the way out
 */
export function linkedClone(answers: LinkedCloneAnswers, lineage: Lineage): Plan {
  const { name, template } = answers;
  const made = cloneSteps(answers, lineage, takenMacs(lineage));
  checkCloneRoom([made], lineage);
  const { before, steps, after } = made;
  return runnable({
    title: l10n.t('Linked clone {0} of {1}', name, template.name),
    uri: lineage.inventory.uri,
    notes: notesOnClone(answers, lineage.inventory.uri),
    steps: [...before, ...steps, ...after],
  });
}

/**
 * The commands that make several linked clones, each a part of its own: what fails in one does not stop the others.
 * @throws Refusal where one of them cannot be made
 */
export function linkedClones(answers: LinkedCloneAnswers, names: readonly string[], lineage: Lineage): Plan {
  const [only] = names;
  if (names.length === 1 && only !== undefined) return linkedClone({ ...answers, name: only }, lineage);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Refusal(l10n.t('The name "{0}" is given twice.', twice));
  if (answers.mac !== undefined)
    throw new Refusal(l10n.t('Several clones cannot have one MAC address. Let each have a new one.'));
  if (answers.cloudInit?.hostName !== undefined)
    throw new Refusal(l10n.t('Several clones cannot have one host name. Let each be called as its machine.'));
  const macs = takenMacs(lineage);
  const made = names.map((name) => ({ name, ...cloneSteps({ ...answers, name }, lineage, macs) }));
  const [first] = made;
  if (first === undefined) throw new Refusal(l10n.t('Enter a name.'));
  checkCloneRoom(made, lineage);
  const { uri } = lineage.inventory;
  return runnable({
    title: l10n.t('{0} linked clones of {1}', names.length, answers.template.name),
    uri,
    notes: notesOnClone(answers, uri),
    steps: [
      ...first.before,
      ...made.flatMap(({ name, steps }) => steps.map((step) => ({ ...step, part: name }))),
      ...first.after,
    ],
  });
}

function cloneSteps(answers: LinkedCloneAnswers, lineage: Lineage, macs: Set<string>): Made {
  const { uri, domains } = lineage.inventory;
  const { template, name, method, facts } = answers;
  checkTemplate(template, facts, method);
  const taken = new Set(domains.map((domain) => domain.name));
  const forMethod = method === 'virt-install' ? virtInstallNameProblem(name) : undefined;
  const problem = domainNameProblem(name, taken) ?? forMethod;
  if (problem !== undefined) throw new Refusal(problem);

  const { mac } = answers;
  const interfaces = (method === 'virt-install' ? answers.networks : undefined) ?? template.interfaces;
  if (mac !== undefined) checkMac(mac, interfaces.length, domains);
  const disks = linkedDisks(answers, lineage);
  const identity = identityOf(answers.seed, name, macs);
  const nvram = planNvram(answers, lineage);
  const seed = planSeed(uri, answers, disks, identity);
  const media = method === 'virt-clone' ? poolsForVirtClone(answers, nvram, lineage) : [];
  const pools = [...nvram.pools, ...media];
  return {
    disks,
    nvram,
    before: pools.flatMap(({ open }) => open),
    steps: [
      ...disks.flatMap((disk) => overlayWithItsBase(uri, answers, disk)),
      ...nvram.copy,
      ...seed.make,
      ...machineSteps({ uri, answers, disks, identity, nvram: nvram.path, seed: seed.path }),
      ...(method === 'define' ? [] : [markClone(uri, name, template.uuid, basesOf(disks), seed.path)]),
      ...seed.attach,
      ...(answers.start ? [startNew(uri, name)] : []),
    ],
    after: [...pools].reverse().flatMap(({ close }) => close),
  };
}

function basesOf(disks: readonly LinkedDisk[]): Volume[] {
  return disks.map(({ overlay }) => overlay.base);
}

function overlayWithItsBase(uri: string, answers: LinkedCloneAnswers, linked: LinkedDisk): Step[] {
  const steps = overlaySteps(uri, linked.overlay, answers.volumeTool);
  // A machine that is defined here is for who wants it quick: what is shown otherwise has been read already.
  if (answers.method === 'define') return steps;
  return [...showSize(uri, answers.template, linked), showBase(uri, linked.overlay.base), ...steps];
}

function takenMacs(lineage: Lineage): Set<string> {
  const nics = lineage.inventory.domains.flatMap(({ interfaces }) => interfaces);
  return new Set(nics.flatMap(({ mac }) => (mac === undefined ? [] : [mac.toLowerCase()])));
}
