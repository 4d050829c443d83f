import * as vscode from 'vscode';
import { config } from '../config';
import { canAsk } from '../explorer/canAsk';
import { askHost } from '../flows/hosts';
import { hostOf } from '../flows/targets';
import { virsh } from '../host/commandLine';
import type { Host } from '../host/host';
import { Refusal } from '../plan/plan';
import { terminalExecute } from '../run/terminal';
import { isNode, readArguments } from './arguments';
import type { Command, Deps } from './command';

/**
 * *Connect in Terminal*: lets ssh ask where it can be answered, for a password or whether a new key is right, and polkit
 * for a password. What is read afterwards shares the connection that ssh has opened, so a password holds for it too.
 * Returns whether the host is reached.
 */
export const connectInTerminal: Command = async (deps, argument) => {
  const { log, ssh } = deps;
  const title = vscode.l10n.t('Connect in Terminal');
  const host = await target(deps, argument, title);
  const execute = terminalExecute(() => config.programPaths, 'asking', ssh.variables);
  const { exitCode } = await execute(virsh(host.uri, 'uri'), vscode.l10n.t('Connect to {0}', host.uri));
  log.info(`virsh uri on ${host.uri} in the terminal → ${exitCode ?? 'no exit code'}`);
  const { error } = await host.refresh();
  return { connected: error === undefined };
};

async function target({ hosts }: Deps, argument: unknown, title: string): Promise<Host> {
  if (isNode(argument)) return argument.host;
  const given = readArguments(argument, { uri: 'string' });
  if (given?.uri !== undefined) return hostOf(hosts, given.uri);
  const asking = (await hosts.all()).filter((host) => host.overSsh || canAsk(host));
  if (asking.length === 0) throw new Refusal(vscode.l10n.t('No host is reached by ssh.'));
  const [only] = asking;
  if (asking.length === 1 && only !== undefined && canAsk(only)) return only;
  return askHost(title, vscode.l10n.t('Host to connect to'), asking);
}
