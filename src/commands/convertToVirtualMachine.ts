import * as vscode from 'vscode';
import { config } from '../config';
import { confirmPlan } from '../flows/summary';
import { findDomain } from '../flows/targets';
import type { Lineage } from '../lineage/lineage';
import { toScript } from '../plan/script';
import { convertToVirtualMachine as convertPlan } from '../plan/template';
import { readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

/** *Convert to Virtual Machine…*: makes of a template on which nothing stands the machine that it was. */
export const convertToVirtualMachine: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Convert to Virtual Machine');
  const given = readArguments(argument, { host: 'string', domain: 'string', preview: 'boolean' });
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'template');
  const me = process.getuid?.();
  const planOn = (now: Lineage) => convertPlan({ domain: findDomain(now, subject.uuid), me }, now);
  const draft = planOn(lineage);
  if (given?.preview === true) return { script: toScript(draft, config.programPaths) };
  const agreed =
    given === undefined
      ? await confirmPlan(
          vscode.l10n.t('Convert {0} to a virtual machine', subject.name),
          vscode.l10n.t('Convert'),
          () => draft,
          () => [],
          (script) => deps.documents.show(subject.name, 'sh', script),
        )
      : draft;
  const plan = await stillTrue(agreed, host, planOn);
  await carryOut(plan, host, 'shown', deps);
  await deps.explorer.revealDomain(host, subject.uuid);
  return { name: plan.name, uuid: subject.uuid };
};
