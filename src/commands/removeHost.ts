import * as vscode from 'vscode';
import { config } from '../config';
import { askHost } from '../flows/hosts';
import { hostOf } from '../flows/targets';
import { Refusal } from '../plan/plan';
import { isNode, isScripted, readArguments } from './arguments';
import type { Command } from './command';

/**
 * *Remove Host*: shows a host no longer; on the host itself nothing changes. Without any, the default host is shown.
 * Returns the URIs of all hosts.
 */
export const removeHost: Command = async ({ hosts }, argument) => {
  const { uri } = isNode(argument) ? argument.host : (readArguments(argument, { uri: 'string' }) ?? {});
  const all = await hosts.all();
  if (config.hosts.length === 0) {
    throw new Refusal(
      vscode.l10n.t(
        '{0} is shown because no host is set. Add another host first, then this one can be removed.',
        all[0]?.uri ?? '',
      ),
    );
  }
  const host =
    uri === undefined
      ? await askHost(vscode.l10n.t('Remove Host'), vscode.l10n.t('Host to show no longer'), all)
      : await hostOf(hosts, uri);
  await config.setHosts(config.hosts.filter((one) => one !== host.uri));
  const left = (await hosts.all()).map((one) => one.uri);
  if (config.hosts.length === 0 && !isScripted(argument)) {
    // Not awaited: the command is over, and a message may stay for as long as it likes.
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No host is set any more, so the default is shown: {0}.', left.join(', ')),
    );
  }
  return { hosts: left };
};
