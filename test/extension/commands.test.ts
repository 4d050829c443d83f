import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import type { Node } from '../../src/explorer/node';
import { treeText } from '../support/treeText';

interface Clones {
  readonly clones: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly volumes: readonly string[];
  }[];
}

describe('the commands, called by a script', () => {
  let explorer: Api['explorer'];

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
    assert.ok(extension);
    ({ explorer } = await extension.activate());
  });

  it('make a clone, show it in both places, start it, switch it off and delete it', async () => {
    const name = 'web $(x) ñ';
    const made = await run<Clones>('createLinkedClone', { template: 'plantilla-prueba1', name });
    const [clone] = made.clones;
    assert.equal(clone?.name, name);
    assert.match(clone.volumes[0] ?? '', /\/pool\/web \$\(x\) ñ\.qcow2$/);

    assert.deepEqual(await pathsTo(name), [
      ['qemu:///session', 'Templates', 'plantilla-prueba1', name],
      ['qemu:///session', 'Virtual Machines', name],
    ]);
    assert.match(
      await treeText(explorer),
      /^ {8}web \$\(x\) ñ\.qcow2 {2}\(/m,
      'the overlay lies below its base',
    );
    assert.equal((await nodeOf(name)).look.context, 'domain shutoff persistent clone');
    assert.equal(
      (await nodeOf('plantilla-prueba1')).look.context,
      'domain shutoff persistent template marked inUse',
    );

    await run('start', { domain: name });
    assert.equal((await nodeOf(name)).look.context, 'domain running persistent clone');
    await assert.rejects(run('start', { domain: 'plantilla-prueba1' }), /web \$\(x\) ñ/);
    await run('forceOff', { domain: name });
    await run('delete', { domain: name });
    assert.deepEqual(await pathsTo(name), []);
    assert.equal(existsSync(clone.volumes[0] ?? ''), false);
  });

  it('suspend and resume a machine, and show its XML as long as it is open', async () => {
    await run('start', { domain: 'maquina1' });
    await run('suspend', { domain: 'maquina1' });
    assert.equal((await nodeOf('maquina1')).look.context, 'domain paused persistent');
    await assert.rejects(run('suspend', { domain: 'maquina1' }), /already paused/);
    await assert.rejects(
      run('openDisplay', { domain: 'maquina1' }),
      /has no screen\. Add one with: virt-xml/,
    );
    await run('resume', { domain: 'maquina1' });
    assert.equal((await nodeOf('maquina1')).look.context, 'domain running persistent');

    const { text } = await run<{ text: string }>('showXml', { domain: 'maquina1' });
    assert.match(text, /^<domain type='qemu' id='\d+'>/);
    const next = await run<{ text: string }>('showXml', { domain: 'maquina1', inactive: true });
    assert.match(next.text, /^<domain type='qemu'>/);
    const [now] = vscode.workspace.textDocuments.filter(({ fileName }) =>
      fileName.endsWith('XML of maquina1.xml'),
    );
    assert.equal(now?.languageId, 'xml');
    await run('forceOff', { domain: 'maquina1' });
    const end = Date.now() + 30_000;
    while (!now.getText().startsWith("<domain type='qemu'>")) {
      assert.ok(Date.now() < end, `still: ${now.getText().slice(0, 100)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await assert.rejects(run('openSerialConsole', { domain: 'maquina1' }), /not running/);
    await assert.rejects(run('openDisplay', { domain: 'maquina1' }), /not running/);
  });

  it('make clones by virt-install and qemu-img with the memory and vCPUs that were asked for', async () => {
    const wish = { method: 'virt-install', volumeTool: 'qemu-img', memory: 192, vcpus: 2 };
    await run('createLinkedClone', { template: 'plantilla-prueba1', name: 'web-2', ...wish });
    const node = await nodeOf('web-2');
    assert.ok(node.kind === 'domain');
    assert.deepEqual([node.domain.memory, node.domain.vcpus], [192 * 2 ** 20, 2]);
    await run('delete', { domain: 'web-2' });
  });

  it('make several clones by name, number or pattern, and leave out what is taken', async () => {
    const template = 'plantilla-prueba1';
    const names = async (argument: Record<string, unknown>) => {
      const { clones } = await run<Clones>('createLinkedClone', { template, method: 'define', ...argument });
      return clones.map(({ name }) => name);
    };
    assert.deepEqual(await names({ name: 'many', count: 2 }), ['many-1', 'many-2']);
    assert.deepEqual(await names({ name: 'many-{2..4}' }), ['many-3', 'many-4']);
    await assert.rejects(names({ name: 'many-{1..4}' }), /All the names/);
    await assert.rejects(names({ name: 'many', count: 0 }), /"count"/);
    await assert.rejects(names({ name: 'x', memory: 192, method: 'virt-clone' }), /Give the method define/);
    assert.deepEqual(await names({ name: 'more', memory: 192, vcpus: 2 }), ['more']);
    const node = await nodeOf('more');
    assert.ok(node.kind === 'domain');
    assert.deepEqual([node.domain.memory, node.domain.vcpus], [192 * 2 ** 20, 2]);
    for (const domain of ['many-1', 'many-2', 'many-3', 'many-4', 'more']) await run('delete', { domain });
  });

  it('make a machine on a volume without a template, and an overlay without a machine', async () => {
    const base = await volumePath('plantilla-prueba1.qcow2');
    const made = await run<Clones>('createLinkedClone', { template: base, name: 'of-volume', memory: 160 });
    assert.equal(made.clones[0]?.name, 'of-volume');

    const { path } = await run<{ path: string }>('createLinkedVolume', { volume: base, name: 'alone.qcow2' });
    assert.equal(path, base.replace('plantilla-prueba1', 'alone'));
    await run('importVolume', { volume: path, name: 'imported' });
    assert.deepEqual(await pathsTo('imported'), [
      ['qemu:///session', 'Templates', 'plantilla-prueba1', 'imported'],
      ['qemu:///session', 'Virtual Machines', 'imported'],
    ]);
    await assert.rejects(run('importVolume', { volume: base, name: 'no' }), /backing store/);
    for (const domain of ['of-volume', 'imported']) await run('delete', { domain });
    assert.equal(existsSync(path), false);
  });

  it('show the script of a plan without running it', async () => {
    const { script } = await run<{ script: string }>('createLinkedClone', {
      template: 'plantilla-prueba1',
      name: "it's",
      preview: true,
      volumeTool: 'qemu-img',
    }).catch(() => ({ script: 'refused' }));
    assert.equal(script, 'refused', 'virt-clone would write this name wrongly');
    const plain = await run<{ script: string }>('createLinkedClone', {
      template: 'plantilla-prueba1',
      name: 'two words',
      preview: true,
    });
    assert.match(plain.script, /^virt-clone .* --name 'two words' /m);
    assert.deepEqual(await pathsTo('two words'), []);
  });

  it('show every level of a backing chain', async () => {
    await run('createLinkedClone', { template: 'plantilla-prueba1', name: 'chained' });
    const { text } = await run<{ text: string }>('showBackingChain', { domain: 'chained' });
    assert.equal(vscode.window.activeTextEditor?.document.getText(), text);
    assert.match(text, /<backingStore>/);
    assert.match(text, /backing file format: qcow2/);
    for (const name of ['chained.qcow2', 'plantilla-prueba1.qcow2']) {
      assert.match(text, new RegExp(`### .*/${name}`));
    }
    await run('delete', { domain: 'chained' });
  });

  it('refuse what is wrong with a reason, and leave nothing behind', async () => {
    const before = await treeText(explorer);
    const template = 'plantilla-prueba1';
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ template, name: 'maquina1' }, /already a virtual machine/],
      [{ template, name: 'a/b' }, /"\/"/],
      [{ template, name: '${env:HOME}' }, /VS Code would replace/],
      [{ template, name: '-x' }, /begin with "-"/],
      [{ template, name: 'a&b' }, /wrongly/],
      [{ template, name: 'ñ'.repeat(200) }, /400 bytes/],
      [{ template, name: 'small', capacity: 1024 }, /at least as large/],
      [{ template: 'nobody', name: 'x' }, /no virtual machine "nobody"/],
      [{ template, name: 'x', pool: 'nowhere' }, /no storage pool "nowhere"/],
      [{ template, name: 'x', colour: 'red' }, /Unknown key "colour"/],
      [{ template, name: 'x', method: 'magic' }, /one of: virt-clone, virt-install, define/],
      [{ template, name: 'x', host: 'qemu+ssh://elsewhere/system' }, /not in the settings/],
    ];
    for (const [argument, reason] of wrong) await assert.rejects(run('createLinkedClone', argument), reason);
    await run('refresh');
    assert.equal(await treeText(explorer), before);
  });

  it('leave the tree to a welcome view where virsh is not installed, and come back', async () => {
    const setting = vscode.workspace.getConfiguration('libvirt');
    await setting.update('virshPath', '/nowhere/virsh', vscode.ConfigurationTarget.Global);
    await run('refresh');
    assert.deepEqual(await explorer.getChildren(), []);
    await setting.update('virshPath', undefined, vscode.ConfigurationTarget.Global);
    await run('refresh');
    assert.match(await treeText(explorer), /plantilla-prueba1/);
  });

  it('show a host that cannot be reached with its reason, above nothing of another', async () => {
    const setting = vscode.workspace.getConfiguration('libvirt');
    const hosts = ['qemu:///session', 'qemu+unix:///session?socket=/nowhere'];
    await setting.update('hosts', hosts, vscode.ConfigurationTarget.Global);
    // It waits for no host that is in trouble.
    await run('refresh');
    const trouble = /socket=\/nowhere {2}\(not reached\)\n {2}libvirt is not running on this host/;
    let text = await treeText(explorer);
    for (const end = Date.now() + 30_000; !trouble.test(text); text = await treeText(explorer)) {
      assert.ok(Date.now() < end, text);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.match(text, /plantilla-prueba1/);
    await setting.update('hosts', undefined, vscode.ConfigurationTarget.Global);
  });

  it('add a host and select it, keep the others as they are, and remove it', async () => {
    const other = 'qemu+unix:///session?socket=/nowhere';
    const [before] = await explorer.getChildren();
    assert.ok(before);
    assert.ok(before.host.state.inventory);

    const added = await run<{ hosts: string[] }>('addHost', { uri: other });
    assert.deepEqual(added.hosts, ['qemu:///session', other], 'the default stays in the list');
    assert.deepEqual(hostsSetting(), added.hosts);
    assert.equal(explorer.view.selection[0]?.look.label, other);
    const [first, second] = await explorer.getChildren();
    assert.equal(first?.host, before.host);
    assert.ok(first.children.length > 0, 'all that is known of it stays');
    assert.deepEqual(await run('addHost', { uri: other }), added, 'a host is added once');

    await assert.rejects(run('addHost', { uri: 'elsewhere' }), /URI such as/);
    await assert.rejects(run('addHost', { uri: 'qemu+ssh:///system' }), /name of a host/);
    await assert.rejects(run('removeHost', { uri: 'qemu:///nothing' }), /not in the settings/);
    assert.deepEqual(await run('removeHost', { uri: other }), { hosts: ['qemu:///session'] });
    assert.equal((await explorer.getChildren())[0]?.host, before.host);
    assert.ok(second);

    // The last one leads back to the default, which is not set and cannot be removed.
    assert.deepEqual(await run('removeHost', { uri: 'qemu:///session' }), { hosts: ['qemu:///session'] });
    assert.equal(hostsSetting(), undefined);
    await assert.rejects(run('removeHost', { uri: 'qemu:///session' }), /no host is set/);
    assert.equal((await explorer.getChildren())[0]?.host, before.host);
  });

  it('connect to a host in the terminal, where ssh could ask', async () => {
    const uri = 'qemu:///session';
    assert.deepEqual(await run('connectInTerminal', { uri }), { connected: true });
  });

  it('copy the address that libvirt knows, and go there by ssh', async () => {
    // libvirt's own test driver has a machine with a lease.
    const uri = 'test:///default';
    await run('addHost', { uri });
    try {
      const machine = { host: uri, domain: 'test' };
      assert.deepEqual(await run('copyIp', machine), { address: '192.168.122.3' });
      assert.equal(await vscode.env.clipboard.readText(), '192.168.122.3');
      const before = vscode.window.terminals.length;
      const login = await run<{ arguments: string[] }>('connectSsh', { ...machine, user: 'debian' });
      assert.deepEqual(login.arguments.slice(-4), ['-l', 'debian', '--', '192.168.122.3']);
      assert.equal(vscode.window.terminals.length, before + 1);
      vscode.window.terminals.at(-1)?.dispose();
      const remote = { ...machine, user: 'debian' };
      assert.deepEqual(await run('openInRemoteSsh', { ...remote, preview: true }), {
        uri: 'vscode-remote://ssh-remote+debian@192.168.122.3/',
      });
      await assert.rejects(run('openInRemoteSsh', remote), /Remote - SSH is not installed/);
      await assert.rejects(run('copyIp', { host: 'qemu:///session', domain: 'maquina1' }), /not running/);
    } finally {
      await run('removeHost', { uri });
      await run('removeHost', { uri: 'qemu:///session' });
    }
  });

  it('show the tree while a host does not answer', async () => {
    const silent = createServer();
    const socket = path.join(process.env.XDG_RUNTIME_DIR ?? '/tmp', 'silent');
    await new Promise<void>((resolve) => silent.listen(socket, resolve));
    const uri = `qemu+unix:///session?socket=${socket}`;
    try {
      await run('addHost', { uri });
      const started = Date.now();
      const text = await treeText(explorer);
      assert.ok(Date.now() - started < 5000);
      assert.match(text, /plantilla-prueba1/);
      assert.match(text, /silent\n {2}Connecting…/);
    } finally {
      await run('removeHost', { uri });
      await run('removeHost', { uri: 'qemu:///session' });
      silent.close();
    }
  });

  function hostsSetting(): unknown {
    return vscode.workspace.getConfiguration('libvirt').inspect('hosts')?.globalValue;
  }

  async function run<T = unknown>(command: string, argument?: Record<string, unknown>): Promise<T> {
    return vscode.commands.executeCommand<T>(`libvirt.${command}`, argument);
  }

  async function allNodes(parent?: Node): Promise<Node[]> {
    const children = await explorer.getChildren(parent);
    const below = await Promise.all(children.map((child) => allNodes(child)));
    return [...children, ...below.flat()];
  }

  async function pathsTo(name: string): Promise<string[][]> {
    const found = (await allNodes()).filter((node) => node.kind === 'domain' && node.domain.name === name);
    return found.map(labels);
  }

  async function nodeOf(name: string): Promise<Node> {
    const node = (await allNodes()).find((candidate) => candidate.look.label === name);
    assert.ok(node, `${name} is not in the tree`);
    return node;
  }

  async function volumePath(name: string): Promise<string> {
    const node = await nodeOf(name);
    assert.ok(node.kind === 'volume');
    return node.volume.path;
  }
});

function labels(node: Node): string[] {
  return [...(node.parent === undefined ? [] : labels(node.parent)), node.look.label];
}
