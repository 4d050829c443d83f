import * as vscode from 'vscode';
import { untilOff } from '../host/untilOff';
import { shutdown as shutdownPlan, together } from '../plan/power';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainsTarget } from './domainTarget';

/** *Shut Down*: asks a virtual machine to shut down, and shows its state until it has, or for a minute. */
export const shutdown: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Shut Down');
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'running');
  await carryOut(together(title, subject, lineage, shutdownPlan), host, 'quiet', deps);
  for (const { uuid } of subject) void untilOff(host, uuid);
};
