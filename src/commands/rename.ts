import * as vscode from 'vscode';
import { input } from '../flows/ask';
import { findDomain } from '../flows/targets';
import type { Lineage } from '../lineage/lineage';
import { checkRenamable, rename as renamePlan, renameProblem } from '../plan/rename';
import { toScript } from '../plan/script';
import { isScripted, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

const shape = { host: 'string', domain: 'string', name: 'string', preview: 'boolean' } as const;

/** *Rename…*: gives a virtual machine or template that is off another name; its files keep theirs. */
export const rename: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Rename');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'renamable');
  checkRenamable(subject);
  const prompt = vscode.l10n.t('New name of {0}', subject.name);
  const problem = (wish: string) => (wish === subject.name ? undefined : renameProblem(wish, lineage));
  const name = given?.name ?? (await input(title, prompt, subject.name, problem));
  if (name === subject.name) return { name, uuid: subject.uuid };
  const planOn = (now: Lineage) => renamePlan({ domain: findDomain(now, subject.uuid), name }, now);
  if (given?.preview === true) return { script: toScript(planOn(lineage)) };
  const plan = await stillTrue(planOn(lineage), host, planOn);
  await carryOut(plan, host, 'quiet', deps);
  const [note] = plan.notes;
  if (!isScripted(argument) && note !== undefined) void vscode.window.showInformationMessage(note);
  return { name, uuid: subject.uuid };
};
