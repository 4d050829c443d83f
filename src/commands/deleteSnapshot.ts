import * as vscode from 'vscode';
import { findDomain } from '../flows/targets';
import { libvirtVersion } from '../host/libvirtVersion';
import type { Lineage } from '../lineage/lineage';
import { deleteSnapshot as deletePlan, findSnapshot } from '../plan/changeSnapshot';
import { toScript } from '../plan/script';
import { isScripted, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { mustBeAlone } from './domainTarget';
import { snapshotShape, snapshotTarget } from './snapshotTarget';

/** *Delete Snapshot…*: deletes a snapshot; the machine stays as it is. */
export const deleteSnapshot: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Delete Snapshot');
  const given = readArguments(argument, snapshotShape);
  const { host, lineage, subject } = await snapshotTarget(deps, argument, given, title);
  const { uuid } = subject.domain;
  const { name } = subject.snapshot;
  const libvirt = await libvirtVersion(host.run, host.uri);
  const planOn = (now: Lineage) => {
    const domain = findDomain(now, uuid);
    return deletePlan({ domain, snapshot: findSnapshot(domain, name), libvirt, me: process.getuid?.() }, now);
  };
  const draft = planOn(lineage);
  if (given?.preview === true) return { script: toScript(draft) };
  if (!isScripted(argument)) {
    const stays = vscode.l10n.t('The machine stays as it is, and cannot be set back to it any more.');
    const question = vscode.l10n.t('Delete the snapshot {0} of {1}?', name, subject.domain.name);
    await confirmLoss(question, [stays, ...draft.notes].join('\n'), vscode.l10n.t('Delete'));
  }
  await carryOut(await stillTrue(draft, host, planOn), host, 'shown', deps);
  return { domain: uuid, deleted: name };
};
