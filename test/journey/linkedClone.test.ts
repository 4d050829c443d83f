import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { choose, chooseMethod, gone, messageIs } from './acts';
import { Stage } from './stage';

const template = 'plantilla-prueba1';

describe('a person who makes a linked clone, in VS Code', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('makes a linked clone by right-click, starts it, shuts it down and throws it away', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications, dialog } = window;
    const before = await stage.lab.hash(path.join(stage.lab.poolDir, `${template}.qcow2`));

    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    assert.equal(await quickInput.value(), 'prueba1', 'a free name is proposed');
    await quickInput.type('a/b');
    await messageIs(window, /must not contain "\/"/);
    await quickInput.type('maquina1');
    await messageIs(window, /already a virtual machine/);
    await quickInput.type('web');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    const summary = (await quickInput.rows()).join('\n');
    assert.match(summary, /^Method {2}virt-clone$/m);
    assert.match(summary, /^Volume tool {2}vol-create$/m);
    await window.screenshot('summary');
    await quickInput.accept(/Create$/);

    await notifications.waitFor('The virtual machine web has been created', 60_000);
    const terminal = await window.terminalText();
    await notifications.press('Start'); // before the message goes, which it does after 10 s
    const clone = ['--original', template, '--name', 'web', '--file', `${stage.lab.poolDir}/web.qcow2`];
    const commands = [
      `domblkinfo --domain ${template} --device vda`,
      'vol-create --pool default --file',
      `virt-clone --connect qemu:///session ${clone.join(' ')} --preserve-data`,
    ];
    for (const command of commands)
      assert.ok(terminal.includes(command), `${command} is seen in:\n${terminal}`);
    await tree.row(['Templates', template, 'web']);
    await tree.row(['Virtual Machines', 'web']);
    assert.deepEqual(await tree.selected(), ['web']);

    await tree.described(['Virtual Machines', 'web'], /^running/);
    assert.match(await stage.lab.waitForReady('web', 90_000), /READY boots=1/);
    await tree.expand('Storage Pools');
    await tree.expand('default');
    await tree.row(['default', `${template}.qcow2`, 'web.qcow2']);
    await window.page.mouse.move(800, 200);

    await tree.contextMenu(['Virtual Machines', 'web'], 'Shut Down');
    await tree.described(['Virtual Machines', 'web'], /^shut off/);
    await tree.contextMenu(['Virtual Machines', 'web'], 'Delete…');
    assert.match(await dialog.text(), /web\.qcow2 \(/);
    await window.screenshot('delete');
    await dialog.press('Delete');
    await tree.gone('web');
    // The machine vanishes from the tree by its event, a moment before its overlay is deleted.
    await gone(path.join(stage.lab.poolDir, 'web.qcow2'));
    assert.equal(await stage.lab.hash(path.join(stage.lab.poolDir, `${template}.qcow2`)), before);
  });

  it('does the same with the keyboard alone, by virt-install with more memory', async () => {
    const window = await stage.openWindow();
    const { tree, quickInput, notifications, dialog, page } = window;
    await window.focusView('Libvirt');
    await tree.row(template);
    await window.runCommand('Libvirt: Create Linked Clone…');
    await quickInput.waitFor('Template to clone');
    await quickInput.accept(template);
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type('tecla');
    await quickInput.accept();
    await chooseMethod(window, 'virt-install');
    await choose(window, 'Memory');
    await quickInput.waitFor('Memory in MiB');
    await quickInput.type('192');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    const rows = (await quickInput.rows()).join('\n');
    assert.match(rows, /^Memory {2}192 MiB/m);
    assert.match(
      rows,
      /^Create .* 5 commands: domblkinfo, vol-dumpxml, vol-create, virt-install, metadata$/m,
    );
    await quickInput.accept(/Create$/);
    await notifications.waitFor('The virtual machine tecla has been created', 60_000);
    assert.match(await window.terminalText(), /virt-install .* --memory 192 --vcpus 1 .*--import/);
    await window.runCommand('Libvirt: Start');
    await quickInput.waitFor('Virtual machine');
    await page.keyboard.type('tecla');
    await quickInput.accept('tecla');
    await tree.described(['Virtual Machines', 'tecla'], /^running/);
    await page.keyboard.press('Escape');

    await window.runCommand('Libvirt: Force Off');
    await quickInput.waitFor('Virtual machine');
    await quickInput.accept('tecla');
    assert.match(await dialog.text(), /Force off tecla\?/);
    await page.keyboard.press('Enter');
    await tree.described(['Virtual Machines', 'tecla'], /^shut off/);
    assert.match(await stage.lab.virsh('dumpxml', 'tecla'), /<memory unit='KiB'>196608</);
    await window.runCommand('Libvirt: Delete…');
    await quickInput.waitFor('Virtual machine');
    await page.keyboard.type('tecla');
    await quickInput.accept('tecla');
    assert.match(await dialog.text(), /tecla\.qcow2 \(/);
    await dialog.pressByKeyboard('Delete');
    await tree.gone('tecla');
    await gone(path.join(stage.lab.poolDir, 'tecla.qcow2'));
  });

  it('is stopped when somebody was quicker while the summary was open', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications } = window;
    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type('drei');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    await stage.lab.addMachine('drei', { volume: 'theirs.qcow2' });
    await quickInput.accept(/Create$/);
    await notifications.waitFor('There is already a virtual machine called', 60_000);
    assert.equal(existsSync(path.join(stage.lab.poolDir, 'drei.qcow2')), false);
    await stage.lab.virsh('undefine', 'drei');
    await stage.lab.virsh('vol-delete', '--pool', 'default', '--vol', 'theirs.qcow2');
  });

  it('is stopped when somebody has edited the template while the summary was open', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications } = window;
    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type('vier');
    await quickInput.accept();
    await chooseMethod(window, 'virt-clone');
    const edit = (xpath: string) => stage.lab.run('virt-xml', template, '--edit', '--xml', xpath);
    await edit('./genid=11111111-2222-4333-8444-555555555555');
    try {
      await quickInput.accept(/Create$/);
      await notifications.waitFor('the generation id. Choose the method define', 60_000);
      assert.equal(existsSync(path.join(stage.lab.poolDir, 'vier.qcow2')), false);
    } finally {
      await edit('xpath.delete=./genid');
    }
  });

  it('is told which step failed, why, and that nothing is left of it', async () => {
    const window = await stage.open({ settings: { 'libvirt.virtClonePath': '/bin/false' } });
    const { tree, quickInput, notifications } = window;
    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type('halb');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    await chooseMethod(window, 'virt-clone');
    await quickInput.accept(/Create$/);
    const message = await notifications.waitFor('Undone:', 60_000);
    await window.screenshot('failed-step');
    assert.match(message, /virt-clone ended with exit code 1.*the overlay halb.qcow2 was deleted/);
    assert.equal(existsSync(path.join(stage.lab.poolDir, 'halb.qcow2')), false);
    await tree.gone('halb');
  });

  it('leaves nothing in the console of VS Code', () => {
    // VS Code writes every message of an error there too; one was meant.
    const others = stage.complaints.filter(
      (line) => !line.startsWith('The step "Create the virtual machine halb'),
    );
    assert.deepEqual(others, []);
  });
});
