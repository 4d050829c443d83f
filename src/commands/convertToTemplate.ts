import * as vscode from 'vscode';
import { config } from '../config';
import { confirmPlan } from '../flows/summary';
import { findDomain } from '../flows/targets';
import { templateChoices, type TemplateDraft } from '../flows/template';
import type { Lineage } from '../lineage/lineage';
import { toScript } from '../plan/script';
import { convertToTemplate as convertPlan } from '../plan/template';
import { readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

const shape = {
  host: 'string',
  domain: 'string',
  generalise: ['done', 'virt-sysprep'],
  operations: 'string',
  hostname: 'string',
  prefix: 'string',
  preview: 'boolean',
} as const;

/** *Convert to Template…*: generalises a machine, makes its images read-only, marks it and renames it. */
export const convertToTemplate: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Convert to Template');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'convertible');
  const draft: TemplateDraft = {
    generalise:
      given?.generalise === 'virt-sysprep'
        ? {
            kind: 'virt-sysprep',
            operations: given.operations?.split(',') ?? [],
            hostname: given.hostname,
          }
        : { kind: 'done' },
    prefix: given?.prefix ?? config.templatePrefix,
  };
  const me = process.getuid?.();
  const planOn = (now: Lineage) => convertPlan({ domain: findDomain(now, subject.uuid), ...draft, me }, now);
  if (given?.preview === true) return { script: toScript(planOn(lineage), config.programPaths) };
  const agreed =
    given === undefined
      ? await confirmPlan(
          vscode.l10n.t('Convert {0} to a template', subject.name),
          vscode.l10n.t('Convert'),
          () => planOn(lineage),
          () => templateChoices(title, draft, subject, host),
          (script) => deps.documents.show(subject.name, 'sh', script),
        )
      : planOn(lineage);
  const plan = await stillTrue(agreed, host, planOn);
  await carryOut(plan, host, 'shown', deps);
  await deps.explorer.revealDomain(host, subject.uuid);
  return { name: plan.name, uuid: subject.uuid };
};
