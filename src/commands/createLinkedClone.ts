import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { config } from '../config';
import type { Domain } from '../host/domain';
import { findIsoMaker } from '../host/isoMaker';
import { readTemplateFacts } from '../host/templateFacts';
import type { Lineage } from '../lineage/lineage';
import { firstDraft, remember, type CloneDraft } from '../flows/cloneDraft';
import { askCloneName, proposedName, takenBy } from '../flows/cloneName';
import { cloneChoices } from '../flows/linkedClone';
import { confirmPlan } from '../flows/summary';
import {
  askTemplate,
  findDomain,
  findPool,
  freshTarget,
  hostOf,
  samePool,
  type Target,
} from '../flows/targets';
import { cloneNames } from '../plan/cloneNames';
import { linkedClones } from '../plan/linkedClone';
import { methods } from '../plan/machine';
import { heeds, methodFor } from '../plan/methodWishes';
import { volumeTools } from '../plan/overlay';
import { partsOf, Refusal, type Plan } from '../plan/plan';
import { toScript } from '../plan/script';
import { isNode, readArguments, type Arguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import { cloneOfVolume } from './cloneOfVolume';
import { identityIn } from './cloneIdentity';
import { finish } from './cloneOutcome';
import type { Command, Deps } from './command';

const shape = {
  host: 'string',
  template: 'string',
  name: 'string',
  count: 'number',
  method: methods,
  volumeTool: volumeTools,
  pool: 'string',
  capacity: 'number',
  memory: 'number',
  vcpus: 'number',
  osinfo: 'string',
  identity: ['none', 'cloud-init'],
  hostName: 'string',
  user: 'string',
  sshKey: 'string',
  userData: 'string',
  start: 'boolean',
  preview: 'boolean',
} as const;
/** What a script answers beforehand; memory in MiB, capacity in bytes. */
export type Given = Arguments<typeof shape>;

const mebibyte = 2 ** 20;

/** *Create Linked Clone…*: machines on overlays of a template's disks. */
export const createLinkedClone: Command = async (deps, argument) => {
  const given = readArguments(argument, shape);
  checkNumbers(given);
  // A path is a volume's: then the machine comes from virt-install.
  const volume = given?.template?.startsWith('/') === true ? given.template : undefined;
  if (given !== undefined && volume !== undefined) return cloneOfVolume(deps, given, volume);
  checkMethod(given);
  const cloudInit = await identityIn(given);

  const title = vscode.l10n.t('Create Linked Clone');
  const { host, lineage, subject: template } = await templateTarget(deps, argument, given, title);
  const look = () => readTemplateFacts(host.uri, template.uuid, host.run, host.local);
  let facts = await look();
  const seed = randomUUID();
  const isoMaker = findIsoMaker(process.env.PATH ?? '');
  const memory = given === undefined ? deps.memory : undefined;
  const draft: CloneDraft = {
    ...(await firstDraft(template, facts, lineage, host.run, memory)),
    ...wishesOf(given, lineage),
    cloudInit,
  };
  const world = (now: Lineage) => ({ template, lineage: now, host, ...draft });
  const planOn = (now: Lineage): Plan => {
    const taken = takenBy(world(now));
    const found = cloneNames(draft.name, draft.count, (name) => taken(name) === undefined);
    if (typeof found === 'string') throw new Refusal(found);
    const subject = findDomain(now, template.uuid);
    const answers = { ...draft, template: subject, facts, seed, isoMaker, pool: samePool(draft.pool, now) };
    const { stopAtFirst } = draft;
    const plan = { ...linkedClones(answers, found.names, now), stopAtFirst };
    if (found.skipped.length === 0) return plan;
    const note = vscode.l10n.t('Taken, and therefore left out: {0}.', found.skipped.join(', '));
    return { ...plan, notes: [note, ...plan.notes] };
  };
  if (given === undefined)
    draft.name = await askCloneName(title, world(lineage), proposedName(world(lineage)));
  if (given?.preview === true) return { script: toScript(planOn(lineage), config.programPaths) };

  const plan =
    given === undefined
      ? await confirmPlan(
          () => vscode.l10n.t('Create {0} as a linked clone of {1}', draft.name, template.name),
          vscode.l10n.t('Create'),
          () => planOn(lineage),
          () => cloneChoices(title, draft, { template, lineage, host }, deps.hosts.run),
          (script) => deps.documents.show(draft.name, 'sh', script),
        ).then(async (agreed) => {
          // While the summary was open, somebody may have edited the template as well.
          facts = await look();
          return stillTrue(agreed, host, planOn);
        })
      : planOn(lineage);
  if (given === undefined) await remember(draft, host.uri, deps.memory);
  await carryOut(plan, host, 'shown', deps);
  return finish(deps, { host, lineage, subject: namesIn(plan, draft.name) }, given === undefined);
};

/** What a script says, for the draft. */
function wishesOf(given: Given | undefined, lineage: Lineage): Partial<CloneDraft> {
  if (given === undefined) return {};
  const { name = '', count, method, volumeTool, pool, capacity, memory, vcpus, osinfo, start } = given;
  return {
    name,
    count,
    capacity,
    ...(method === undefined ? {} : { method }),
    ...(volumeTool === undefined ? {} : { volumeTool }),
    ...(pool === undefined ? {} : { pool: findPool(lineage, pool) }),
    ...(memory === undefined ? {} : { memory: memory * mebibyte }),
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(osinfo === undefined ? {} : { osinfo }),
    ...(start === undefined ? {} : { start }),
  };
}

function checkNumbers(given: Given | undefined): void {
  for (const key of ['count', 'memory', 'vcpus', 'capacity'] as const) {
    const value = given?.[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new Refusal(vscode.l10n.t('The value of "{0}" must be a whole number above zero.', key));
    }
  }
}

/** A copy keeps the template's memory, vCPUs or OS: a wish it cannot fulfil must not be passed over in silence. */
function checkMethod(given: Given | undefined): void {
  const method = given?.method ?? config.method;
  const ignored = (['memory', 'vcpus', 'osinfo'] as const).find(
    (wish) => given?.[wish] !== undefined && !heeds(method, wish),
  );
  if (ignored === undefined) return;
  throw new Refusal(
    vscode.l10n.t(
      '{0} keeps the "{1}" of the template. Give the method {2} to choose it.',
      method,
      ignored,
      methodFor(ignored),
    ),
  );
}

async function templateTarget(
  { hosts }: Deps,
  argument: unknown,
  given: Given | undefined,
  title: string,
): Promise<Target<Domain>> {
  if (isNode(argument) && argument.kind === 'domain') {
    return freshTarget(argument.host, (lineage) => findDomain(lineage, argument.domain.uuid));
  }
  const word = given?.template;
  if (word === undefined) return askTemplate(hosts, title);
  return freshTarget(await hostOf(hosts, given?.host), (lineage) => findDomain(lineage, word));
}

function namesIn({ steps }: Plan, single: string): readonly string[] {
  const parts = [...partsOf(steps).keys()];
  if (parts.length > 0) return parts;
  const made = steps.flatMap(({ undo }) => (undo?.kind === 'undefineDomain' ? [undo.name] : []));
  return made.length > 0 ? made : [single];
}
