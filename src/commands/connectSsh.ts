import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { guestAddress } from '../flows/guestAddress';
import { sshUser } from '../flows/sshUser';
import { isActive } from '../host/domain';
import { jumpOf, proxiedBy, sshArguments, sshProxyFile } from '../plan/sshLogin';
import { readArguments } from './arguments';
import type { Command } from './command';
import { namedDomainTarget } from './domainTarget';

/** *Connect with SSH*: a login on a running machine in a terminal. Returns the arguments that ssh got. */
export const connectSsh: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Connect with SSH');
  const shape = { host: 'string', domain: 'string', user: 'string' } as const;
  const given = readArguments(argument, shape);
  const { host, subject } = await namedDomainTarget(deps, argument, given, title, 'running');
  const proxied = isActive(subject) ? proxiedBy(subject, host.uri, existsSync(sshProxyFile)) : undefined;
  const address = proxied ?? (await guestAddress(host, subject, title, given === undefined));
  const user = await sshUser(deps.memory, title, subject.name, given);
  const dir = deps.storage.fsPath;
  await mkdir(dir, { recursive: true });
  const shellArgs = sshArguments({
    user,
    address,
    uuid: subject.uuid,
    knownHosts: path.join(dir, 'known_hosts'),
    jump: jumpOf(host.uri),
  });
  const terminal = vscode.window.createTerminal({
    name: `${user}@${subject.name}`,
    iconPath: new vscode.ThemeIcon('remote'),
    shellPath: 'ssh',
    shellArgs,
    isTransient: true,
  });
  terminal.show();
  return { arguments: shellArgs };
};
