import * as vscode from 'vscode';
import { isActive } from '../host/domain';
import { Refusal } from '../plan/plan';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** *Open Serial Console*: `virsh console` of a running machine in a terminal. Returns the terminal's name. */
export const openSerialConsole: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Open Serial Console');
  const { host, subject } = await domainTarget(deps, argument, title, 'running');
  if (!isActive(subject)) throw new Refusal(vscode.l10n.t('{0} is not running.', subject.name));
  if (!subject.console) {
    throw new Refusal(
      vscode.l10n.t('{0} has no serial console. Add one with: {1}', subject.name, addConsole(subject.name)),
    );
  }
  return { terminal: deps.consoles.open(host, subject).name };
};

function addConsole(name: string): string {
  return `virt-xml ${name} --add-device --console pty,target.type=serial`;
}
