import * as vscode from 'vscode';
import type { Host } from '../host/host';
import { pick } from './ask';

/** Asks for one of the hosts that are shown. */
export async function askHost(title: string, placeHolder: string, hosts: readonly Host[]): Promise<Host> {
  return pick(
    title,
    placeHolder,
    hosts.map((host) => ({ label: host.uri, iconPath: new vscode.ThemeIcon('server'), value: host })),
  );
}
