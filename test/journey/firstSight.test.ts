import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { Stage } from './stage';

/** A machine as a newcomer may have it, and what the view says there, with the one button that helps. */
interface Sight {
  readonly name: string;
  readonly settings: (stage: Stage) => Record<string, unknown>;
  readonly says: RegExp;
  readonly button: string;
}

const sights: readonly Sight[] = [
  {
    name: 'without libvirt',
    settings: () => ({ 'libvirt.virshPath': '/nowhere/virsh' }),
    says: /were not found/,
    button: 'Install in Terminal',
  },
  {
    name: 'with a libvirt that is stopped',
    settings: () => ({ 'libvirt.hosts': ['qemu+unix:///session?socket=/nowhere'] }),
    says: /not running/,
    button: 'Try Again',
  },
  {
    name: 'without permission',
    settings: ({ lab }) => ({
      'libvirt.hosts': [`qemu+unix:///system?socket=${path.join(lab.dir, 'closed')}`],
    }),
    says: /may not use/,
    button: 'Try Again',
  },
  {
    name: 'with an empty libvirt',
    settings: ({ lab }) => ({ 'libvirt.hosts': [`test://${path.join(lab.dir, 'empty.xml')}`] }),
    says: /neither storage pools nor virtual machines/,
    button: 'Create Storage Pool…',
  },
];

describe('a newcomer', () => {
  let stage: Stage;
  let closed: Server;

  before(async () => {
    stage = await Stage.set();
    const socket = path.join(stage.lab.dir, 'closed');
    closed = createServer();
    await new Promise<void>((resolve) => closed.listen(socket, resolve));
    await chmod(socket, 0);
    const node = '<node><cpu><mhz>1000</mhz><model>i686</model><active>1</active></cpu></node>';
    await writeFile(path.join(stage.lab.dir, 'empty.xml'), node);
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(async () => {
    closed.close();
    await stage.strike();
  });

  for (const { name, settings, says, button } of sights) {
    it(`${name} is told so, with the button that helps`, async () => {
      const window = await stage.open({ settings: settings(stage) });
      const welcome = window.page.locator('.welcome-view-content');
      await welcome.filter({ hasText: says }).waitFor();
      await window.screenshot(`first-sight-${name.replaceAll(' ', '-')}`);
      const buttons = await welcome.locator('.monaco-button').allInnerTexts();
      assert.deepEqual(buttons, [button]);
    });
  }

  it('with a full libvirt sees what there is, with nothing to read first', async () => {
    const window = await stage.open();
    await window.tree.row(['Templates', 'plantilla-prueba1']);
    await window.tree.row(['Virtual Machines', 'maquina1']);
    await window.screenshot('first-sight-with-a-full-libvirt');
    assert.equal(await window.page.locator('.welcome-view-content').isVisible(), false);
  });

  it('makes the first storage pool from there', async () => {
    const { lab } = stage;
    for (const command of ['pool-destroy', 'pool-undefine']) await lab.virsh(command, 'default');
    for (const machine of ['maquina1', 'plantilla-prueba1']) await lab.virsh('undefine', machine);
    const { page, quickInput, tree } = await stage.open();
    await page.locator('.welcome-view-content').getByRole('button', { name: 'Create Storage Pool…' }).click();
    await quickInput.waitFor('Directory for the disks');
    const proposed = await quickInput.value();
    assert.match(proposed, /\/libvirt\/images$/);
    assert.ok(proposed.startsWith(lab.env.XDG_DATA_HOME ?? '?'), proposed);
    await quickInput.accept();
    await tree.expand('Storage Pools');
    await tree.row(['Storage Pools', 'default']);
    assert.match(await lab.virsh('pool-info', 'default'), /Autostart: +yes/);
  });
});
