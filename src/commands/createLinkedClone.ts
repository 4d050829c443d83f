import * as vscode from 'vscode';
import { config } from '../config';
import type { Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { askCloneName, cloneChoices, type CloneDraft } from '../flows/linkedClone';
import { knownOs } from '../flows/machineChoices';
import { proposedMachine } from '../flows/proposedMachine';
import { confirmPlan } from '../flows/summary';
import {
  askTemplate,
  currentLineage,
  findDomain,
  findPool,
  findVolume,
  freshTarget,
  hostOf,
  samePool,
  type Target,
} from '../flows/targets';
import { linkedClone } from '../plan/linkedClone';
import { methods, networkArgument } from '../plan/machine';
import { volumeTools } from '../plan/overlay';
import { Refusal, type Plan } from '../plan/plan';
import { toScript } from '../plan/script';
import { volumeClone } from '../plan/volumeClone';
import { isNode, readArguments, type Arguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command, Deps } from './command';
import { offerStart } from './offerStart';

const shape = {
  host: 'string',
  template: 'string',
  name: 'string',
  method: methods,
  volumeTool: volumeTools,
  pool: 'string',
  capacity: 'number',
  memory: 'number',
  vcpus: 'number',
  osinfo: 'string',
  start: 'boolean',
  preview: 'boolean',
} as const;
type Given = Arguments<typeof shape>;

const mebibyte = 2 ** 20;

/** The outcome for scripts: the new machines. */
interface Outcome {
  readonly clones: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly volumes: readonly string[];
  }[];
}

/** *Create Linked Clone…*: a machine on overlays of a template's disks. */
export const createLinkedClone: Command = async (deps, argument) => {
  const given = readArguments(argument, shape);
  checkNumbers(given);
  if (given?.template?.startsWith('/') === true) return cloneVolume(deps, given, given.template);

  const title = vscode.l10n.t('Create Linked Clone');
  const { host, lineage, subject: template } = await templateTarget(deps, argument, given, title);
  const name = given?.name ?? (await askCloneName(title, template, lineage, host));
  const draft = await firstDraft(template, lineage, given, deps);
  const planOn = (now: Lineage) =>
    linkedClone(
      { template: findDomain(now, template.uuid), name, ...draft, pool: samePool(draft.pool, now) },
      now,
    );
  const plan = () => planOn(lineage);
  if (given?.preview === true) return { script: toScript(plan()) };

  const chosen =
    given === undefined
      ? await confirmPlan(
          vscode.l10n.t('Create {0} as a linked clone of {1}', name, template.name),
          vscode.l10n.t('Create'),
          plan,
          () => cloneChoices(title, draft, template, lineage, deps.hosts.run),
          (script) => deps.documents.show(name, 'sh', script),
        ).then((agreed) => stillTrue(agreed, host, planOn))
      : plan();
  return finish(deps, chosen, { host, lineage, subject: name }, given === undefined);
};

/** virt-clone keeps the template's memory, vCPUs and OS: a wish it cannot fulfil must not be passed over in silence. */
function checkNumbers(given: Given | undefined): void {
  for (const key of ['memory', 'vcpus', 'capacity'] as const) {
    const value = given?.[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new Refusal(vscode.l10n.t('The value of "{0}" must be a whole number above zero.', key));
    }
  }
  const method =
    given?.template?.startsWith('/') === true ? 'virt-install' : (given?.method ?? config.method);
  if (given?.template?.startsWith('/') === true && given.method === 'virt-clone') {
    throw new Refusal(
      vscode.l10n.t('A volume has no machine that virt-clone could copy. Leave out the method.'),
    );
  }
  const ignored = (['memory', 'vcpus', 'osinfo'] as const).find((key) => given?.[key] !== undefined);
  if (method === 'virt-clone' && ignored !== undefined) {
    throw new Refusal(
      vscode.l10n.t(
        'virt-clone keeps the "{0}" of the template. Give the method virt-install to choose it.',
        ignored,
      ),
    );
  }
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

async function firstDraft(
  template: Domain,
  lineage: Lineage,
  given: Given | undefined,
  { hosts }: Deps,
): Promise<CloneDraft> {
  return {
    method: given?.method ?? config.method,
    volumeTool: given?.volumeTool ?? config.volumeTool,
    pool: given?.pool === undefined ? undefined : findPool(lineage, given.pool),
    capacity: given?.capacity,
    memory: given?.memory === undefined ? template.memory : given.memory * mebibyte,
    vcpus: given?.vcpus ?? template.vcpus,
    osinfo: given?.osinfo ?? (await knownOs(template.osinfo, hosts.run)),
    networks: template.interfaces.flatMap((nic) => networkArgument(nic) ?? []),
    start: given?.start ?? false,
  };
}

/** A clone of a volume without a machine: there is no template to ask, so virt-install makes the machine. */
async function cloneVolume(deps: Deps, given: Given, path: string): Promise<unknown> {
  const host = await hostOf(deps.hosts, given.host);
  const target = await freshTarget(host, (lineage) => findVolume(lineage, path));
  const { lineage, subject: base } = target;
  const proposed = await proposedMachine(base, lineage, host);
  const plan = volumeClone(
    {
      ...proposed,
      base,
      name: given.name ?? '',
      volumeTool: given.volumeTool ?? config.volumeTool,
      pool: given.pool === undefined ? undefined : findPool(lineage, given.pool),
      capacity: given.capacity,
      memory: given.memory === undefined ? proposed.memory : given.memory * mebibyte,
      vcpus: given.vcpus ?? proposed.vcpus,
      osinfo: given.osinfo ?? proposed.osinfo,
      start: given.start ?? false,
    },
    lineage,
  );
  if (given.preview === true) return { script: toScript(plan) };
  return finish(deps, plan, { host, lineage, subject: given.name ?? '' }, false);
}

async function finish(
  deps: Deps,
  plan: Plan,
  { host, subject: name }: Target<string>,
  byHand: boolean,
): Promise<Outcome> {
  await carryOut(plan, host, 'shown', deps);
  const lineage = currentLineage(host);
  const domain = findDomain(lineage, name);
  await deps.explorer.revealDomain(host, domain.uuid);
  if (byHand) void offerStart(host, domain, deps);
  return { clones: [{ name: domain.name, uuid: domain.uuid, volumes: lineage.imagesOf(domain) }] };
}
