import * as vscode from 'vscode';
import { addHost } from './addHost';
import { isNode } from './arguments';
import { guarded } from './boundary';
import type { Command, Deps } from './command';
import { compareWithTemplate } from './compareWithTemplate';
import { convertToTemplate } from './convertToTemplate';
import { convertToVirtualMachine } from './convertToVirtualMachine';
import { connectInTerminal } from './connectInTerminal';
import { connectSsh } from './connectSsh';
import { copyIp } from './copyIp';
import { createFullClone } from './createFullClone';
import { createLinkedClone } from './createLinkedClone';
import { createLinkedVolume } from './createLinkedVolume';
import { createPool } from './createPool';
import { createSnapshot } from './createSnapshot';
import { deleteItems } from './delete';
import { deleteSnapshot } from './deleteSnapshot';
import { disableAutostart } from './disableAutostart';
import { discardSaved } from './discardSaved';
import { editXml } from './editXml';
import { enableAutostart } from './enableAutostart';
import { findOrphans } from './findOrphans';
import { flatten } from './flatten';
import { forceOff } from './forceOff';
import { importVolume } from './importVolume';
import { installTools } from './installTools';
import { openDisplay } from './openDisplay';
import { openInRemoteSsh } from './openInRemoteSsh';
import { openSerialConsole } from './openSerialConsole';
import { reboot } from './reboot';
import { rebase } from './rebase';
import { refresh } from './refresh';
import { relink } from './relink';
import { removeHost } from './removeHost';
import { rename } from './rename';
import { reset } from './reset';
import { resetToTemplate } from './resetToTemplate';
import { resizeDisk } from './resizeDisk';
import { resume } from './resume';
import { revertToSnapshot } from './revertToSnapshot';
import { save } from './save';
import { showBackingChain } from './showBackingChain';
import { showLineage } from './showLineage';
import { showLog } from './showLog';
import { showXml } from './showXml';
import { filter, sift } from './sift';
import { shutdown } from './shutdown';
import { start } from './start';
import { startNetwork } from './startNetwork';
import { suspend } from './suspend';

/** All commands, by the ids that the manifest gives them. */
export const commands = {
  'libvirt.refresh': refresh,
  'libvirt.filter': filter,
  'libvirt.clearFilter': sift({ text: '' }),
  'libvirt.sortByName': sift({ order: 'name' }),
  'libvirt.sortByState': sift({ order: 'state' }),
  'libvirt.hideSwitchedOff': sift({ hideOff: true }),
  'libvirt.showSwitchedOff': sift({ hideOff: false }),
  'libvirt.addHost': addHost,
  'libvirt.removeHost': removeHost,
  'libvirt.connectInTerminal': connectInTerminal,
  'libvirt.installTools': installTools,
  'libvirt.createLinkedClone': createLinkedClone,
  'libvirt.createFullClone': createFullClone,
  'libvirt.createLinkedVolume': createLinkedVolume,
  'libvirt.importVolume': importVolume,
  'libvirt.createPool': createPool,
  'libvirt.convertToTemplate': convertToTemplate,
  'libvirt.convertToVirtualMachine': convertToVirtualMachine,
  'libvirt.flatten': flatten,
  'libvirt.rebase': rebase,
  'libvirt.relink': relink,
  'libvirt.start': start,
  'libvirt.shutdown': shutdown,
  'libvirt.reboot': reboot,
  'libvirt.reset': reset,
  'libvirt.suspend': suspend,
  'libvirt.resume': resume,
  'libvirt.forceOff': forceOff,
  'libvirt.save': save,
  'libvirt.discardSaved': discardSaved,
  'libvirt.enableAutostart': enableAutostart,
  'libvirt.disableAutostart': disableAutostart,
  'libvirt.startNetwork': startNetwork,
  'libvirt.rename': rename,
  'libvirt.resetToTemplate': resetToTemplate,
  'libvirt.resizeDisk': resizeDisk,
  'libvirt.createSnapshot': createSnapshot,
  'libvirt.revertToSnapshot': revertToSnapshot,
  'libvirt.deleteSnapshot': deleteSnapshot,
  'libvirt.delete': deleteItems,
  'libvirt.showBackingChain': showBackingChain,
  'libvirt.showXml': showXml,
  'libvirt.editXml': editXml,
  'libvirt.compareWithTemplate': compareWithTemplate,
  'libvirt.openSerialConsole': openSerialConsole,
  'libvirt.openDisplay': openDisplay,
  'libvirt.connectSsh': connectSsh,
  'libvirt.openInRemoteSsh': openInRemoteSsh,
  'libvirt.copyIp': copyIp,
  'libvirt.showLineage': showLineage,
  'libvirt.findOrphans': findOrphans,
  'libvirt.showLog': showLog,
} as const satisfies Readonly<Record<string, Command>>;

/** Registers all commands behind their error boundary. */
export function registerCommands(deps: Deps): vscode.Disposable[] {
  return Object.entries(commands).map(([id, command]) =>
    vscode.commands.registerCommand(id, (argument: unknown, selection: unknown) =>
      guarded(id, command, deps, argument, Array.isArray(selection) ? selection.filter(isNode) : undefined),
    ),
  );
}
