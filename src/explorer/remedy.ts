import * as l10n from '@vscode/l10n';
import type * as vscode from 'vscode';
import { pathSetting } from '../pathSettings';
import { CommandError } from '../host/errors';
import { lacksAgent } from './canAsk';
import type { Node } from './node';

/**
 * What a person can do next where a host cannot be read, as a button; undefined where the message says it all.
 * @param node what *Connect in Terminal* is called with, where somebody could be asked
 */
export function remedyOf(error: Error, node?: Node): vscode.Command | undefined {
  if (!(error instanceof CommandError)) return undefined;
  const refresh: vscode.Command = { title: l10n.t('Refresh'), command: 'libvirt.refresh' };
  const connect: vscode.Command = {
    title: l10n.t('Connect in Terminal'),
    command: 'libvirt.connectInTerminal',
    ...(node === undefined ? {} : { arguments: [node] }),
  };
  switch (error.kind) {
    case 'notInstalled':
      return {
        title: l10n.t('Open Settings'),
        command: 'workbench.action.openSettings',
        arguments: [`libvirt.${pathSetting(error.spec.file) ?? ''}`],
      };
    case 'authentication':
    case 'hostKeyUnknown':
    case 'hostKeyChanged':
      return connect;
    case 'noPermission':
      return lacksAgent(error) ? connect : refresh;
    case 'notRunning':
    case 'unreachable':
    case 'timeout':
    case 'busy':
    case 'gone':
      return refresh;
    case 'noDriver':
    case 'unsupported':
    case 'cancelled':
    case 'other':
      return { title: l10n.t('Show Log'), command: 'libvirt.showLog' };
  }
}
