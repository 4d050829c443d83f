import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import type { Node } from '../../src/explorer/node';

interface Clones {
  readonly clones: readonly { readonly uuid: string; readonly volumes: readonly string[] }[];
}

describe('the commands of lineage, in VS Code', () => {
  let explorer: Api['explorer'];
  const template = 'plantilla-prueba1';

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
    assert.ok(extension);
    ({ explorer } = await extension.activate());
  });

  it('make a clone independent, then a template and a machine again', async () => {
    const path = await clone('web');
    await run('flatten', { domain: 'web' });
    const node = await nodeOf('web');
    assert.equal(node?.look.context, 'domain shutoff persistent');
    const { name } = await run<{ name: string }>('convertToTemplate', {
      domain: 'web',
      prefix: 'plantilla-',
    });
    assert.equal(name, 'plantilla-web');
    assert.equal(statSync(path).mode & 0o222, 0);
    assert.equal((await nodeOf(name))?.look.context, 'domain shutoff persistent template marked');
    await run('convertToVirtualMachine', { domain: name });
    assert.notEqual(statSync(path).mode & 0o222, 0);
    const { orphans } = await run<{ orphans: readonly { path: string }[] }>('findOrphans', {});
    assert.ok(orphans.every((orphan) => orphan.path !== path));
    await run('delete', { domain: 'web' });
    // Nobody's overlay any more, so it is a disk of its own that stays, and an orphan from now on.
    const later = await run<{ orphans: readonly { path: string }[] }>('findOrphans', {});
    assert.ok(later.orphans.some((orphan) => orphan.path === path));
    await run('delete', { volume: path });
    assert.equal(existsSync(path), false);
  });

  it('keep a picture as long as its host is shown', async () => {
    const uri = 'qemu+unix:///session?socket=/nowhere';
    const titles = () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .map(({ label }) => label)
        .filter((label) => label.startsWith('Lineage of '));
    await run('addHost', { uri });
    await run('showLineage', { host: uri });
    await run('showLineage', { host: 'qemu:///session' });
    await until(() => titles().length === 2);
    await run('removeHost', { uri });
    await until(() => titles().join() === 'Lineage of qemu:///session');
    await run('removeHost', { uri: 'qemu:///session' });

    // Another program is another host of the same name, which the same picture shows.
    const setting = vscode.workspace.getConfiguration('libvirt');
    const before = (await explorer.getChildren())[0]?.host;
    const { nodes } = await run<{ nodes: number }>('showLineage', {});
    await setting.update('virshPath', '/usr/bin/virsh', vscode.ConfigurationTarget.Global);
    await clone('pictured');
    assert.notEqual((await explorer.getChildren())[0]?.host, before);
    assert.deepEqual(titles(), ['Lineage of qemu:///session']);
    const later = await run<{ nodes: number }>('showLineage', {});
    assert.equal(later.nodes, Math.max(nodes, 1) + 1);
    assert.deepEqual(titles(), ['Lineage of qemu:///session']);
    await run('delete', { domain: 'pictured' });
    await setting.update('virshPath', undefined, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function until(holds: () => boolean): Promise<void> {
    const end = Date.now() + 30_000;
    while (!holds()) {
      assert.ok(Date.now() < end, String(holds));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function clone(name: string): Promise<string> {
    const { clones } = await run<Clones>('createLinkedClone', { template, name });
    return clones[0]?.volumes[0] ?? assert.fail(`no volume of ${name}`);
  }

  async function nodeOf(label: string): Promise<Node | undefined> {
    const search = async (parent?: Node): Promise<Node | undefined> => {
      for (const node of await explorer.getChildren(parent)) {
        if (node.kind === 'domain' && node.look.label === label) return node;
        const found = await search(node);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return search();
  }

  async function run<T>(name: string, argument: unknown): Promise<T> {
    return vscode.commands.executeCommand<T>(`libvirt.${name}`, argument);
  }
});
