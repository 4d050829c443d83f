import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension';
import { treeText } from '../treeText';

/** What the smoke run asks of VS Code, and where it wants the answer. */
export interface SmokeOrder {
  readonly template: string;
  readonly name: string;
  /** File that gets what the command returned, as JSON. */
  readonly outcome: string;
}

/** Makes and starts one linked clone through the installed extension's own commands, and prints its tree. */
export async function run(): Promise<void> {
  const { template, name, outcome } = JSON.parse(process.env.SMOKE_ORDER ?? '') as SmokeOrder;
  const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
  if (extension === undefined) throw new Error('The packaged extension is not installed.');
  const { explorer } = await extension.activate();
  await vscode.commands.executeCommand('libvirt.refresh');
  console.log(`The tree before:\n\n${await treeText(explorer)}\n`);
  const made: unknown = await vscode.commands.executeCommand('libvirt.createLinkedClone', { template, name });
  console.log(`libvirt.createLinkedClone returned ${JSON.stringify(made)}\n`);
  console.log(`The tree after:\n\n${await treeText(explorer)}\n`);
  await vscode.commands.executeCommand('libvirt.start', { domain: name });
  await writeFile(outcome, JSON.stringify(made));
}
