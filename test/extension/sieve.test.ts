import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import { treeText } from '../support/treeText';

describe('the filter of the tree', () => {
  let explorer: Api['explorer'];

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
    assert.ok(extension);
    ({ explorer } = await extension.activate());
  });
  afterEach(async () => {
    for (const name of ['clearFilter', 'sortByName', 'showSwitchedOff']) await run(name);
  });

  it('shows what has the text in its name, opened, says so, and is cleared', async () => {
    const before = await treeText(explorer);
    await run('filter', { text: 'maquina' });
    const text = await treeText(explorer);
    assert.match(text, /Virtual Machines[^\n]*\n {4}maquina1/);
    assert.match(text, /Storage Pools[^\n]*\n {4}default[^\n]*\n {6}maquina1\.qcow2/);
    assert.doesNotMatch(text, /plantilla/);
    assert.equal(explorer.view.message, 'Shown: only "maquina".');
    const [host] = await explorer.getChildren();
    const pools = (await explorer.getChildren(host)).find(({ look }) => look.label === 'Storage Pools');
    assert.ok(pools);
    assert.equal(explorer.getTreeItem(pools).collapsibleState, vscode.TreeItemCollapsibleState.Expanded);

    await run('filter', { text: 'nothing like it' });
    assert.match(explorer.view.message, /\nNothing has "nothing like it" in its name\.$/);
    await run('clearFilter');
    assert.equal(await treeText(explorer), before);
    assert.doesNotMatch(explorer.view.message ?? '', /Shown|Nothing/);
  });

  it('hides what is switched off, and follows what is switched on', async () => {
    await run('hideSwitchedOff');
    assert.doesNotMatch(await treeText(explorer), /maquina1 {2}/);
    await run('start', { domain: 'maquina1' });
    await run('sortByState');
    assert.match(await treeText(explorer), /maquina1 {2}\(running/);
    assert.equal(explorer.view.message, 'Shown: without what is switched off, by state.');
    await run('forceOff', { domain: 'maquina1' });
    assert.doesNotMatch(await treeText(explorer), /maquina1 {2}/);
  });

  it('gives way to what is made while it hides it', async () => {
    await run('filter', { text: 'nothing like it' });
    await run('createLinkedClone', { template: 'plantilla-prueba1', name: 'seen', method: 'define' });
    const made = explorer.view.selection[0];
    assert.equal(made?.kind === 'domain' && made.domain.name, 'seen');
    await run('delete', { domain: 'seen' });
  });
});

async function run(name: string, argument?: unknown): Promise<unknown> {
  return vscode.commands.executeCommand(`libvirt.${name}`, argument);
}
