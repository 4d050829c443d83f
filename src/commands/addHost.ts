import * as vscode from 'vscode';
import { config } from '../config';
import { askNewHost } from '../flows/hosts';
import { hostOf } from '../flows/targets';
import { uriProblem } from '../host/uri';
import { Refusal } from '../plan/plan';
import { isNode, readArguments } from './arguments';
import type { Command } from './command';

/**
 * *Add Host…*: shows one more host and selects it. The default host, which is shown while none is set, stays.
 * Returns the URIs of all hosts.
 */
export const addHost: Command = async ({ hosts, explorer }, argument) => {
  const given = isNode(argument) ? undefined : readArguments(argument, { uri: 'string' });
  const shown = (await hosts.all()).map((host) => host.uri);
  const uri = given?.uri ?? (await askNewHost(vscode.l10n.t('Add Host'), shown));
  const problem = uriProblem(uri);
  if (problem !== undefined) throw new Refusal(problem);
  if (!shown.includes(uri)) await config.setHosts([...shown, uri]);
  await explorer.revealHost(await hostOf(hosts, uri));
  return { hosts: (await hosts.all()).map((host) => host.uri) };
};
