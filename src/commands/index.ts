import * as vscode from 'vscode';
import { addHost } from './addHost';
import { guarded } from './boundary';
import type { Command, Deps } from './command';
import { connectInTerminal } from './connectInTerminal';
import { createLinkedClone } from './createLinkedClone';
import { createLinkedVolume } from './createLinkedVolume';
import { deleteDomain } from './delete';
import { forceOff } from './forceOff';
import { importVolume } from './importVolume';
import { refresh } from './refresh';
import { removeHost } from './removeHost';
import { showBackingChain } from './showBackingChain';
import { showLog } from './showLog';
import { shutdown } from './shutdown';
import { start } from './start';

/** All commands, by the ids that the manifest gives them. */
export const commands = {
  'libvirt.refresh': refresh,
  'libvirt.addHost': addHost,
  'libvirt.removeHost': removeHost,
  'libvirt.connectInTerminal': connectInTerminal,
  'libvirt.createLinkedClone': createLinkedClone,
  'libvirt.createLinkedVolume': createLinkedVolume,
  'libvirt.importVolume': importVolume,
  'libvirt.start': start,
  'libvirt.shutdown': shutdown,
  'libvirt.forceOff': forceOff,
  'libvirt.delete': deleteDomain,
  'libvirt.showBackingChain': showBackingChain,
  'libvirt.showLog': showLog,
} as const satisfies Readonly<Record<string, Command>>;

/** Registers all commands behind their error boundary. */
export function registerCommands(deps: Deps): vscode.Disposable[] {
  return Object.entries(commands).map(([id, command]) =>
    vscode.commands.registerCommand(id, (argument: unknown) => guarded(id, command, deps, argument)),
  );
}
