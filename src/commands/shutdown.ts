import * as vscode from 'vscode';
import { config } from '../config';
import { waitUntilOff } from '../flows/waitUntilOff';
import { untilOff } from '../host/untilOff';
import { forceOff, shutdown as shutdownPlan, shutdownModes, together } from '../plan/power';
import { isScripted, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainsTarget } from './domainTarget';

/**
 * *Shut Down*: asks virtual machines to shut down, and waits for them where a person looks on. A script waits for so
 * many seconds as it says; returns the names of those that then still run.
 */
export const shutdown: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Shut Down');
  const shape = { host: 'string', domain: 'string', mode: shutdownModes, wait: 'number' } as const;
  const given = readArguments(argument, shape);
  const mode = given?.mode ?? config.shutdownMode;
  const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title, 'awake', given);
  const plan = together(title, subject, lineage, (domain, now) => shutdownPlan(domain, now, mode));
  await carryOut(plan, host, 'quiet', deps);
  if (isScripted(argument)) {
    const running = await untilOff(host, subject, { limitMs: 1000 * (given?.wait ?? 0) });
    return { running: running.map(({ name }) => name) };
  }
  const forced = await waitUntilOff(host, subject);
  if (forced.length > 0)
    await carryOut(together(vscode.l10n.t('Force Off'), forced, lineage, forceOff), host, 'quiet', deps);
  return undefined;
};
