import * as vscode from 'vscode';
import { config } from '../config';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { input } from '../flows/ask';
import { machineChoices } from '../flows/machineChoices';
import { proposedMachine } from '../flows/proposedMachine';
import { confirmPlan } from '../flows/summary';
import { currentLineage, findDomain, findVolume } from '../flows/targets';
import { importVolume as importPlan } from '../plan/importVolume';
import { domainNameProblem, freeName, virtInstallNameProblem } from '../plan/names';
import { toScript } from '../plan/script';
import { readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { offerStart } from './offerStart';
import { volumeTarget } from './volumeTarget';

const shape = {
  host: 'string',
  volume: 'string',
  name: 'string',
  memory: 'number',
  vcpus: 'number',
  osinfo: 'string',
  preview: 'boolean',
} as const;

/** *New Virtual Machine from Volume…*: `virt-install --import` on a volume that exists. */
export const importVolume: Command = async (deps, argument) => {
  const title = vscode.l10n.t('New Virtual Machine from Volume');
  const given = readArguments(argument, shape);
  const { host, lineage, subject: volume } = await volumeTarget(deps, argument, given, title, isFree);
  const name = given?.name ?? (await askName(title, volume, lineage));
  const draft = await proposedMachine(volume, lineage, host);
  if (given?.memory !== undefined) draft.memory = given.memory * 2 ** 20;
  if (given?.vcpus !== undefined) draft.vcpus = given.vcpus;
  if (given?.osinfo !== undefined) draft.osinfo = given.osinfo;
  const planOn = (now: Lineage) => importPlan({ volume: findVolume(now, volume.path), name, ...draft }, now);
  const plan = () => planOn(lineage);
  if (given?.preview === true) return { script: toScript(plan(), config.programPaths) };

  const choices = () =>
    Object.values(machineChoices(title, draft, lineage.inventory.networks, deps.hosts.run));
  const showScript = (script: string) => deps.documents.show(name, 'sh', script);
  const chosen =
    given === undefined
      ? await confirmPlan(title, vscode.l10n.t('Create'), plan, choices, showScript)
      : plan();
  await carryOut(given === undefined ? await stillTrue(chosen, host, planOn) : chosen, host, 'shown', deps);
  const domain = findDomain(currentLineage(host), name);
  await deps.explorer.revealDomain(host, domain.uuid);
  if (given === undefined) void offerStart(host, domain, deps);
  return { name: domain.name, uuid: domain.uuid };
};

/** A volume that a machine has, or that others stand on, is not for a new machine. */
function isFree({ path }: Volume, lineage: Lineage): boolean {
  return lineage.usersOf(path).length === 0 && lineage.overlaysOf(path).length === 0;
}

function askName(title: string, volume: Volume, lineage: Lineage): Promise<string> {
  const taken = new Set(lineage.inventory.domains.map((domain) => domain.name));
  const proposal = freeName(
    volume.name.replace(/\.(qcow2|img|raw)$/i, '').replace(/\s+/g, '-'),
    (name) => !taken.has(name),
  );
  return input(
    title,
    vscode.l10n.t('Name of the new virtual machine'),
    proposal,
    (name) => domainNameProblem(name, taken) ?? virtInstallNameProblem(name),
  );
}
