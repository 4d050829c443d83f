import * as vscode from 'vscode';
import { guestAddress } from '../flows/guestAddress';
import { sshUser } from '../flows/sshUser';
import { Refusal } from '../plan/plan';
import { remoteAuthority } from '../plan/remoteSsh';
import { jumpOf } from '../plan/sshLogin';
import { hasRemoteSsh, remoteSshId } from '../remoteSsh';
import { isScripted, readArguments } from './arguments';
import type { Command } from './command';
import { namedDomainTarget } from './domainTarget';

/**
 * *Open in Remote-SSH*: a window of VS Code on a running machine, by the extension Remote - SSH. Returns the URI that was
 * opened. With `preview`, a script gets that and no window.
 */
export const openInRemoteSsh: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Open in Remote-SSH');
  const shape = { host: 'string', domain: 'string', user: 'string', preview: 'boolean' } as const;
  const given = readArguments(argument, shape);
  if (given?.preview !== true && !hasRemoteSsh()) return offerRemoteSsh(isScripted(argument));
  const { host, subject } = await namedDomainTarget(deps, argument, given, title, 'awake');
  if (jumpOf(host.uri) !== undefined)
    throw new Refusal(
      vscode.l10n.t(
        'Remote - SSH cannot be told to go to {0} by way of its host. Give it a "Host" with "ProxyJump" in ~/.ssh/config, and connect to that.',
        subject.name,
      ),
    );
  const address = await guestAddress(host, subject, title, given === undefined);
  const user = await sshUser(deps.memory, title, subject.name, given);
  const uri = vscode.Uri.from({
    scheme: 'vscode-remote',
    authority: remoteAuthority({ user, address }),
    path: '/',
  });
  if (given?.preview !== true)
    await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
  return { uri: uri.toString(true) };
};

async function offerRemoteSsh(scripted: boolean): Promise<undefined> {
  const missing = vscode.l10n.t('The extension Remote - SSH is not installed.');
  if (scripted) throw new Refusal(missing);
  const show = vscode.l10n.t('Show Extension');
  if ((await vscode.window.showWarningMessage(missing, show)) === show)
    await vscode.commands.executeCommand('extension.open', remoteSshId);
  return undefined;
}
