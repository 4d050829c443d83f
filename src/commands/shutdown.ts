import * as vscode from 'vscode';
import { untilOff } from '../host/untilOff';
import { shutdown as shutdownPlan } from '../plan/power';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** *Shut Down*: asks a virtual machine to shut down, and shows its state until it has, or for a minute. */
export const shutdown: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Shut Down');
  const { host, lineage, subject } = await domainTarget(deps, argument, title, 'running');
  await carryOut(shutdownPlan(subject, lineage), host, 'quiet', deps);
  void untilOff(host, subject.uuid);
};
