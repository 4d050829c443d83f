import * as vscode from 'vscode';
import type { Host } from '../host/host';
import type { Screen } from './screen';
import { viewerArguments } from './viewer';

/** Opens a machine's screen in virt-viewer; its terminal says what goes wrong. */
export function openViewer(
  file: string,
  host: Host,
  machine: { readonly uuid: string; readonly name: string },
  kind: Screen['kind'],
  variables: Readonly<Record<string, string>>,
): string[] {
  const shellArgs = viewerArguments(host.uri, machine.uuid, kind);
  vscode.window
    .createTerminal({
      name: `virt-viewer ${machine.name}`,
      iconPath: new vscode.ThemeIcon('vm'),
      shellPath: file,
      shellArgs,
      env: host.overSsh ? { ...variables } : {},
      isTransient: true,
    })
    .show(true);
  return shellArgs;
}
