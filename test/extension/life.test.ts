import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import type { Node } from '../../src/explorer/node';

describe('a clone’s life, by commands', () => {
  let explorer: Api['explorer'];
  const name = 'life';

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
    assert.ok(extension);
    ({ explorer } = await extension.activate());
    await run('createLinkedClone', { template: 'plantilla-prueba1', name, method: 'define' });
  });
  after(() => run('delete', { domain: name }));

  it('is saved, goes on, is discarded, and started with its host: the tree follows', async function () {
    this.timeout(120_000);
    await run('start', { domain: name });
    await run('reset', { domain: name });
    await run('save', { domain: name });
    const saved = await nodeOf(name);
    assert.equal(saved.look.context, 'domain shutoff persistent saved clone');
    assert.match(saved.look.description, /memory saved/);
    await assert.rejects(run('rename', { domain: name, name: 'other' }), /memory is saved/);
    await run('discardSaved', { domain: name });
    await run('enableAutostart', { domain: name });
    assert.equal((await nodeOf(name)).look.context, 'domain shutoff persistent autostart clone');
    await run('disableAutostart', { domain: name });
    assert.equal((await nodeOf(name)).look.context, 'domain shutoff persistent clone');
    await assert.rejects(run('enableAutostart', { domain: 'plantilla-prueba1' }), /base of life/);
  });

  it('is asked to shut down, by its agent only where one is connected, and waited for', async function () {
    this.timeout(120_000);
    await run('start', { domain: name });
    await assert.rejects(run('shutdown', { domain: name, mode: 'agent' }), /No guest agent of life/);
    // Its guest has not booted, so it hears nothing yet.
    assert.deepEqual(await run('shutdown', { domain: name, mode: 'acpi', wait: 0 }), { running: [name] });
    await run('forceOff', { domain: name });
  });

  it('is renamed, and its template too, on which it stands', async () => {
    const { uuid } = await run<{ uuid: string }>('rename', { domain: name, name: 'vida ñ' });
    assert.equal((await nodeOf('vida ñ')).kind, 'domain');
    await run('rename', { domain: uuid, name });
    await run('rename', { domain: 'plantilla-prueba1', name: 'plantilla-prueba2' });
    assert.ok((await nodeOf('plantilla-prueba2')).children.some(({ look }) => look.label === name));
    await run('rename', { domain: 'plantilla-prueba2', name: 'plantilla-prueba1' });
  });

  it('has snapshots below it, is set back to one, and shows its XML', async function () {
    this.timeout(120_000);
    const { script } = await run<{ script: string }>('createSnapshot', {
      domain: name,
      name: 'x',
      preview: true,
    });
    assert.match(script, /snapshot-create-as/);
    for (const snapshot of ['uno', 'dos']) await run('createSnapshot', { domain: name, name: snapshot });
    assert.deepEqual(await snapshots(), ['uno', 'uno/dos current']);
    await run('revertToSnapshot', { domain: name, snapshot: 'uno' });
    assert.deepEqual(await snapshots(), ['uno current', 'uno/dos']);
    const { text } = await run<{ text: string }>('showXml', { domain: name, snapshot: 'dos' });
    assert.match(text, /^<domainsnapshot>\n {2}<name>dos<\/name>/);
    await assert.rejects(run('resetToTemplate', { domain: name }), /has snapshots/);
    for (const snapshot of ['uno', 'dos']) await run('deleteSnapshot', { domain: name, snapshot });
    assert.deepEqual(await snapshots(), []);
    await run('createSnapshot', { domain: name, name: 'out', storage: 'external' });
    assert.deepEqual(await snapshots(), ['out external current']);
    await run('deleteSnapshot', { domain: name, snapshot: 'out' });
  });

  it('gets a larger disk, and is reset to its template while it runs', async function () {
    this.timeout(120_000);
    const node = await nodeOf(name);
    assert.ok(node.kind === 'domain');
    const capacity = 2 ** 30;
    const { remaining } = await run<{ remaining: string }>('resizeDisk', { domain: name, capacity });
    assert.match(remaining, /growpart/);
    await assert.rejects(run('resizeDisk', { domain: name, capacity }), /only grow/);
    await run('start', { domain: name });
    const { reset } = await run<{ reset: string[] }>('resetToTemplate', { domain: name });
    assert.match(reset[0] ?? '', /life\.qcow2$/);
    assert.match((await nodeOf(name)).look.context, /\brunning\b/);
    await run('forceOff', { domain: name });
  });

  async function run<T = unknown>(command: string, argument: Record<string, unknown>): Promise<T> {
    return vscode.commands.executeCommand<T>(`libvirt.${command}`, argument);
  }

  async function allNodes(parent?: Node): Promise<Node[]> {
    const children = await explorer.getChildren(parent);
    const below = await Promise.all(children.map((child) => allNodes(child)));
    return [...children, ...below.flat()];
  }

  async function nodeOf(label: string): Promise<Node> {
    const node = (await allNodes()).find(({ look }) => look.label === label);
    assert.ok(node, `${label} is not in the tree`);
    return node;
  }

  /** The snapshots below the machine, by their paths, with what their flags say. */
  async function snapshots(): Promise<string[]> {
    const found = (await allNodes()).filter((node) => node.kind === 'snapshot');
    const pathOf = (node: Node): string =>
      node.parent?.kind === 'snapshot' ? `${pathOf(node.parent)}/${node.look.label}` : node.look.label;
    return found.map((node) => [pathOf(node), ...node.look.context.split(' ').slice(1)].join(' '));
  }
});
