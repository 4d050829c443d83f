import * as vscode from 'vscode';
import { askNetwork, freshTarget, hostOf, type Target } from '../flows/targets';
import type { Network } from '../host/network';
import { findNetwork, startNetwork as plan } from '../plan/network';
import { isNode, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command, Deps } from './command';

/** *Start Network*: without it, machines that are plugged into it do not start. */
export const startNetwork: Command = async (deps, argument) => {
  const { host, lineage, subject } = await target(deps, argument);
  await carryOut(plan(subject, lineage), host, 'quiet', deps);
  // No plan touches networks otherwise, so that nothing but the names tells of them.
  await host.refresh('changes');
};

async function target({ hosts }: Deps, argument: unknown): Promise<Target<Network>> {
  const given = readArguments(argument, { host: 'string', network: 'string' });
  const name = isNode(argument) && argument.kind === 'network' ? argument.network.name : given?.network;
  if (name === undefined) return askNetwork(hosts, vscode.l10n.t('Start Network'), ({ active }) => !active);
  const host = isNode(argument) ? argument.host : await hostOf(hosts, given?.host);
  return freshTarget(host, (lineage) => findNetwork(lineage, name));
}
