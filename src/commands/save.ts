import * as vscode from 'vscode';
import { together } from '../plan/power';
import { save as savePlan } from '../plan/savedState';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainsTarget } from './domainTarget';

/** *Save*: writes a virtual machine's memory to the disk and switches it off; *Start* goes on from there. */
export const save: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Save');
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'savable');
  await carryOut(together(title, subject, lineage, savePlan), host, 'shown', deps);
};
