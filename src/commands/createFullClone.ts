import * as vscode from 'vscode';
import { config } from '../config';
import { input } from '../flows/ask';
import { currentLineage, findDomain } from '../flows/targets';
import type { Lineage } from '../lineage/lineage';
import { fullClone } from '../plan/fullClone';
import { domainNameProblem, freeName, virtToolsPathProblem } from '../plan/names';
import { toScript } from '../plan/script';
import { agreed } from './agreed';
import { isScripted, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { namedDomainTarget } from './domainTarget';
import { offerStart } from './offerStart';

const shape = { host: 'string', domain: 'string', name: 'string', preview: 'boolean' } as const;

/** *Create Full Clone…*: a copy of a machine with all of its disks, which stands on nothing. */
export const createFullClone: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Create Full Clone');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'off');
  const taken = new Set(lineage.inventory.domains.map((domain) => domain.name));
  const problem = (name: string) => domainNameProblem(name, taken) ?? virtToolsPathProblem(name);
  const name =
    given?.name ??
    (await input(
      title,
      vscode.l10n.t('Name of the full clone of {0}', subject.name),
      freeName(`${subject.name}-copy`, (wish) => problem(wish) === undefined),
      problem,
    ));
  const planOn = (now: Lineage) => fullClone({ original: findDomain(now, subject.uuid), name }, now);
  if (given?.preview === true) return { script: toScript(planOn(lineage), config.programPaths) };
  const verb = vscode.l10n.t('Create');
  const plan = await agreed({ title, verb, host, lineage, planOn }, isScripted(argument), deps);
  await carryOut(plan, host, 'shown', deps);
  const domain = findDomain(currentLineage(host), name);
  await deps.explorer.revealDomain(host, domain.uuid);
  if (!isScripted(argument)) void offerStart(host, domain, deps);
  return { name: domain.name, uuid: domain.uuid };
};
