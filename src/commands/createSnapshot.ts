import * as vscode from 'vscode';
import { input } from '../flows/ask';
import { snapshotChoices, type SnapshotDraft } from '../flows/snapshot';
import { confirmPlan } from '../flows/summary';
import { findDomain } from '../flows/targets';
import { isActive, type Domain } from '../host/domain';
import { libvirtVersion } from '../host/libvirtVersion';
import type { Lineage } from '../lineage/lineage';
import { guardDomain } from '../plan/guard';
import { freeName, snapshotNameProblem } from '../plan/names';
import { toScript } from '../plan/script';
import { createSnapshot as createPlan, storages, usualStorage } from '../plan/snapshot';
import { readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { mustBeAlone, namedDomainTarget } from './domainTarget';

const shape = {
  host: 'string',
  domain: 'string',
  name: 'string',
  description: 'string',
  memory: 'boolean',
  storage: storages,
  preview: 'boolean',
} as const;

/** *Create Snapshot…*: keeps what a machine's disks, and its memory if it runs, are now. */
export const createSnapshot: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Create Snapshot');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await namedDomainTarget(deps, argument, given, title, 'snapshottable');
  // Before anything is asked that would be of no use.
  guardDomain('snapshot', subject, lineage);
  const libvirt = await libvirtVersion(host.run, host.uri);
  const memory = given?.memory ?? isActive(subject);
  const draft: SnapshotDraft = {
    name: given?.name ?? (await askName(title, subject)),
    description: given?.description ?? '',
    memory,
    storage: given?.storage ?? usualStorage(subject, memory, libvirt),
  };
  const planOn = (now: Lineage) =>
    createPlan({ domain: findDomain(now, subject.uuid), ...draft, libvirt }, now);
  if (given?.preview === true) return { script: toScript(planOn(lineage)) };
  const agreed =
    given === undefined
      ? await confirmPlan(
          title,
          vscode.l10n.t('Create'),
          () => planOn(lineage),
          () => snapshotChoices(title, draft, subject),
          (script) => deps.documents.show(subject.name, 'sh', script),
        )
      : planOn(lineage);
  await carryOut(await stillTrue(agreed, host, planOn), host, 'shown', deps);
  return { domain: subject.uuid, snapshot: draft.name };
};

function askName(title: string, { name, baggage }: Domain): Promise<string> {
  const taken = new Set(baggage?.snapshots.map((snapshot) => snapshot.name));
  const problem = (wish: string) => snapshotNameProblem(wish, taken);
  const proposed = freeName(vscode.l10n.t('snapshot'), (wish) => problem(wish) === undefined);
  return input(title, vscode.l10n.t('Name of the snapshot of {0}', name), proposed, problem);
}
