import * as vscode from 'vscode';
import { pathSetting } from '../config';
import { CommandError } from '../host/errors';
import type { Node } from './node';

/**
 * What a person can do next where a host cannot be read, as a button; undefined where the message says it all.
 * @param node what *Connect in Terminal* is called with, where ssh could ask
 */
export function remedyOf(error: Error, node?: Node): vscode.Command | undefined {
  if (!(error instanceof CommandError)) return undefined;
  switch (error.kind) {
    case 'notInstalled':
      return {
        title: vscode.l10n.t('Open Settings'),
        command: 'workbench.action.openSettings',
        arguments: [`libvirt.${pathSetting(error.spec.file) ?? ''}`],
      };
    case 'authentication':
    case 'hostKeyUnknown':
    case 'hostKeyChanged':
      return {
        title: vscode.l10n.t('Connect in Terminal'),
        command: 'libvirt.connectInTerminal',
        ...(node === undefined ? {} : { arguments: [node] }),
      };
    case 'noPermission':
    case 'notRunning':
    case 'unreachable':
    case 'timeout':
    case 'busy':
    case 'gone':
      return { title: vscode.l10n.t('Refresh'), command: 'libvirt.refresh' };
    case 'noDriver':
    case 'unsupported':
    case 'cancelled':
    case 'other':
      return { title: vscode.l10n.t('Show Log'), command: 'libvirt.showLog' };
  }
}
