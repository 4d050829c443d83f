import * as vscode from 'vscode';
import { findDomain } from '../flows/targets';
import { isActive } from '../host/domain';
import { libvirtVersion } from '../host/libvirtVersion';
import type { Lineage } from '../lineage/lineage';
import { findSnapshot, revertToSnapshot as revertPlan } from '../plan/changeSnapshot';
import { toScript } from '../plan/script';
import { isScripted, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { confirmLoss } from './confirmLoss';
import { mustBeAlone } from './domainTarget';
import { snapshotShape, snapshotTarget, type Kept } from './snapshotTarget';

/** *Revert to Snapshot…*: sets a machine back to what it was, after a question that says what is lost. */
export const revertToSnapshot: Command = async (deps, argument, selection) => {
  mustBeAlone(argument, selection);
  const title = vscode.l10n.t('Revert to Snapshot');
  const given = readArguments(argument, snapshotShape);
  const { host, lineage, subject } = await snapshotTarget(deps, argument, given, title);
  const { uuid } = subject.domain;
  const { name } = subject.snapshot;
  const libvirt = await libvirtVersion(host.run, host.uri);
  const planOn = (now: Lineage) => {
    const domain = findDomain(now, uuid);
    return revertPlan({ domain, snapshot: findSnapshot(domain, name), libvirt, me: process.getuid?.() }, now);
  };
  const draft = planOn(lineage);
  if (given?.preview === true) return { script: toScript(draft) };
  if (!isScripted(argument)) await confirm(subject);
  await carryOut(await stillTrue(draft, host, planOn), host, 'quiet', deps);
  return { domain: uuid, snapshot: name };
};

function confirm({ domain, snapshot }: Kept): Promise<void> {
  const lines = [
    vscode.l10n.t('What {0} has written since then, and is in no other snapshot, is lost.', domain.name),
    ...(isActive(domain) && snapshot.memory === undefined
      ? [vscode.l10n.t('It is switched off: the snapshot has no memory to go on from.')]
      : []),
    ...(!isActive(domain) && snapshot.memory !== undefined
      ? [vscode.l10n.t('It is switched on: the snapshot goes on from its memory.')]
      : []),
  ];
  const question = vscode.l10n.t('Revert {0} to the snapshot {1}?', domain.name, snapshot.name);
  return confirmLoss(question, lines.join(' '), vscode.l10n.t('Revert'));
}
