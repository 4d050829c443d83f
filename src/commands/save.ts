import * as vscode from 'vscode';
import { save as savePlan } from '../plan/savedState';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** *Save*: writes a virtual machine's memory to the disk and switches it off; *Start* goes on from there. */
export const save: Command = async (deps, argument) => {
  const { host, lineage, subject } = await domainTarget(deps, argument, vscode.l10n.t('Save'), 'running');
  await carryOut(savePlan(subject, lineage), host, 'shown', deps);
};
