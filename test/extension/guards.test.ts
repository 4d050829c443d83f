import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Node } from '../../src/explorer/node';
import type { Api } from '../../src/extension';

/** A message as the extension shows it, with its buttons. */
interface Message {
  readonly text: string;
  readonly buttons: readonly string[];
}

const waysOut = ['Show Them', 'Flatten…', 'Rebase…', 'Delete…'];
const middle = 'middle';

interface Act {
  readonly command: string;
  /** What its argument names besides the machine. */
  readonly more?: Record<string, unknown>;
  /** Whether it is done with several at once. */
  readonly several?: boolean;
  /** Which node it is called on, unless the machine's; snapshots of what others stand on are not in the tree. */
  readonly on?: 'volume' | 'nothing';
}

const acts: readonly Act[] = [
  { command: 'start', several: true },
  { command: 'enableAutostart', several: true },
  { command: 'delete', several: true },
  { command: 'delete', on: 'volume' },
  { command: 'resizeDisk', more: { capacity: 2 ** 31 } },
  { command: 'createSnapshot', more: { name: 'two' } },
  { command: 'revertToSnapshot', more: { snapshot: 'one' }, on: 'nothing' },
  { command: 'deleteSnapshot', more: { snapshot: 'one' }, on: 'nothing' },
  { command: 'resetToTemplate' },
  { command: 'convertToVirtualMachine' },
];

// A clone with a snapshot, on which an overlay with a machine stands that is switched off.
describe('what a switched off machine stands on, in VS Code', () => {
  let explorer: Api['explorer'];
  let image: string;
  let overlay: string;
  let extensionPath: string;

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
    assert.ok(extension);
    ({ extensionPath } = extension);
    ({ explorer } = await extension.activate());
    const template = 'plantilla-prueba1';
    const made = await run<Clones>('createLinkedClone', { template, name: middle });
    image = made.clones[0]?.volumes[0] ?? assert.fail();
    await run('createSnapshot', { domain: middle, name: 'one', storage: 'internal' });
    ({ path: overlay } = await run<{ path: string }>('createLinkedVolume', {
      volume: image,
      name: 'top.qcow2',
    }));
    await run('importVolume', { volume: overlay, name: 'top' });
    await run('createLinkedClone', { template, name: 'beside' });
  });

  after(async () => {
    for (const domain of ['top', middle, 'beside']) await run('delete', { domain });
  });

  for (const act of acts) {
    const { command, several, on } = act;
    const what = on === 'volume' ? `${command} of a volume` : command;

    it(`cannot be harmed by ${what}: refused in every way, with ways out`, async () => {
      const before = await everything();
      const argument = on === 'volume' ? { volume: image } : { domain: middle, ...act.more };
      await assert.rejects(run(command, argument), /\btop\b.*also of what is switched off/);

      if (on === 'nothing') {
        assert.deepEqual(await everything(), before);
        return;
      }
      const node = await nodeFor(on);
      refusedWithWaysOut(await messageOf(() => run(command, node)));
      refusedWithWaysOut(await messageOf(() => run(command, node, [node])));
      const both = [node, await nodeFor(on, 'beside')];
      if (several === true) refusedWithWaysOut(await messageOf(() => run(command, node, both)));
      assert.deepEqual(await everything(), before);
    });
  }

  it('leads from its refusal to what stands on it', async () => {
    const node = await nodeFor();
    const { buttons } = await messageOf(() => run('start', node), 'Show Them');
    assert.deepEqual(buttons, waysOut);
    const end = Date.now() + 30_000;
    while (explorer.view.selection[0]?.look.label !== 'top') {
      assert.ok(Date.now() < end, explorer.view.selection[0]?.look.label);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('keeps what stands on it when it is renamed, since its files keep their names', async () => {
    await run('rename', { domain: middle, name: 'renamed' });
    await assert.rejects(run('start', { domain: 'renamed' }), /\btop\b/);
    await run('rename', { domain: 'renamed', name: middle });
  });

  function refusedWithWaysOut({ text, buttons }: Message): void {
    assert.match(text, /\btop\b.*also of what is switched off/);
    assert.deepEqual(buttons, waysOut);
  }

  /** What an act could have changed. */
  async function everything(): Promise<unknown> {
    const { text } = await run<{ text: string }>('showXml', { domain: middle, inactive: true });
    const node = await nodeFor();
    return [text, node.look.context, node.children.length, readFileSync(image), readFileSync(overlay)];
  }

  /**
   * What the extension says last when a person calls a command, which ends with a message.
   * @param pressed the button that is pressed on the message
   */
  async function messageOf(act: () => Promise<unknown>, pressed?: string): Promise<Message> {
    // The extension's own, which differs from that of the tests.
    const { window } = createRequire(path.join(extensionPath, 'dist', 'extension.cjs'))(
      'vscode',
    ) as typeof vscode;
    const { showWarningMessage } = window;
    let shown: Message | undefined;
    Object.assign(window, {
      showWarningMessage: (text: string, ...buttons: string[]) => {
        shown = { text, buttons };
        return Promise.resolve(pressed);
      },
    });
    try {
      await act();
      return shown ?? assert.fail('nothing was said');
    } finally {
      Object.assign(window, { showWarningMessage });
    }
  }

  async function nodeFor(on?: Act['on'], name = middle): Promise<Node> {
    const search = async (parent?: Node): Promise<Node | undefined> => {
      for (const node of await explorer.getChildren(parent)) {
        if (on === 'volume' && node.kind === 'volume' && node.look.label === `${name}.qcow2`) return node;
        if (on === undefined && node.kind === 'domain' && node.look.label === name) return node;
        const found = await search(node);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return (await search()) ?? assert.fail(`no node of ${name}`);
  }

  async function run<T>(command: string, ...args: unknown[]): Promise<T> {
    return vscode.commands.executeCommand<T>(`libvirt.${command}`, ...args);
  }
});

interface Clones {
  readonly clones: readonly { readonly volumes: readonly string[] }[];
}
