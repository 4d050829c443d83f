import * as vscode from 'vscode';
import { start as startPlan } from '../plan/power';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** *Start*: switches a virtual machine on, unless others stand on its disks. */
export const start: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Start');
  const { host, lineage, subject } = await domainTarget(deps, argument, title, 'off');
  await carryOut(startPlan(subject, lineage), host, 'quiet', deps);
};
