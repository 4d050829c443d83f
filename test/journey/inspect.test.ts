import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Stage } from './stage';

const machines = 'Virtual Machines';

describe('a person who looks into a machine', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('edits its XML: what is refused stays as it was typed, and what others changed is a conflict', async () => {
    const window = await stage.open();
    const { tree, notifications, page } = window;
    await tree.contextMenu([machines, 'maquina1'], 'Edit XML…');
    const tab = page.locator('.tab', { hasText: 'maquina1.xml' });
    await tab.waitFor();
    await page.locator('.view-line', { hasText: '<devices>' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type('<nonsense/>');
    await page.keyboard.press('Control+S');
    await notifications.waitFor(/Failed to save 'maquina1\.xml'[^]*schema/);
    await window.screenshot('edit-xml-refused');
    await notifications.clear();
    assert.match((await tab.getAttribute('class')) ?? '', /\bdirty\b/);

    for (const key of Array<string>('<nonsense/>'.length).fill('Backspace')) await page.keyboard.press(key);
    await page.keyboard.type('<!-- mine '); // VS Code closes it.
    const file = path.join(stage.lab.dir, 'others.xml');
    const before = await stage.lab.virsh('dumpxml', '--inactive', 'maquina1');
    await writeFile(file, before.replace('<on_crash>destroy<', '<on_crash>restart<'));
    await stage.lab.virsh('define', file);
    await page.keyboard.press('Control+S');
    await notifications.waitFor(/content of the file is newer/);
    await window.screenshot('edit-xml-conflict');
    await notifications.press('Overwrite');
    await page.locator('.tab.dirty').waitFor({ state: 'detached' });
    assert.doesNotMatch(await stage.lab.virsh('dumpxml', '--inactive', 'maquina1'), /restart<.on_crash/);
  });

  it('is told once why a machine does not start, with what helps as a button', async () => {
    const { lab } = stage;
    const network = path.join(lab.dir, 'asleep.xml');
    await writeFile(network, "<network><name>asleep</name><bridge name='virbr9'/></network>");
    await lab.virsh('net-define', network);
    const plugged = path.join(lab.dir, 'plugged.xml');
    const xml = await lab.virsh('dumpxml', '--inactive', 'maquina1');
    await writeFile(
      plugged,
      xml.replace("<interface type='user'>", "<interface type='network'><source network='asleep'/>"),
    );
    await lab.virsh('define', plugged);
    const window = await stage.open();
    const { tree, notifications } = window;
    await window.runCommand('Libvirt: Refresh');
    await tree.expand('Networks');
    await tree.described(['Networks', 'asleep'], /^inactive$/);
    await tree.contextMenu([machines, 'maquina1'], 'Start');
    await notifications.waitFor('The network asleep is not active.');
    await window.screenshot('start-failed');
    await notifications.press('Start Network');
    // A session may make no bridge; with the system's libvirt it is up now.
    await notifications.waitFor('Start the network asleep');
    await window.screenshot('network-failed');
  });

  it('filters, sorts and hides in the tree', async () => {
    const window = await stage.open();
    const { tree, quickInput } = window;
    await window.runCommand('Libvirt: Filter…');
    await quickInput.waitFor('Part of a name');
    await quickInput.type('plantilla');
    await quickInput.accept();
    await tree.gone([machines, 'maquina1']);
    await tree.row(['Storage Pools', 'default', 'plantilla-prueba1.qcow2']);
    await window.screenshot('filtered');
    await window.runCommand('Libvirt: Clear Filter');
    await tree.row([machines, 'maquina1']);
    await window.runCommand('Libvirt: Hide Switched-Off Virtual Machines');
    await tree.gone([machines, 'maquina1']);
    await window.runCommand('Libvirt: Show Switched-Off Virtual Machines');
    await tree.row([machines, 'maquina1']);
  });
});
