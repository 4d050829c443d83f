import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, stat } from 'node:fs/promises';
import path from 'node:path';
import { choose, clipboardShows, editorShows, gone, messageIs } from './acts';
import { Stage } from './stage';

const template = 'plantilla-prueba1';
const machines = 'Virtual Machines';

// One window for all: each test goes on with what the one before has made.
describe('the whole life of linked clones, in VS Code', () => {
  let stage: Stage;
  const volume = (name: string) => path.join(stage.lab.poolDir, `${name}.qcow2`);

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('three are made at once, after all that will happen has been looked at', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications, page } = window;
    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type('lab-{3..1}');
    await messageIs(window, /\{3\.\.1\}/);
    await quickInput.type('lab');
    await quickInput.accept();

    await choose(window, 'How many');
    await quickInput.waitFor('A number, or a range');
    await quickInput.type('{1..3}');
    await quickInput.accept();
    await choose(window, 'Method');
    await quickInput.waitFor('What makes the virtual machine');
    await page.keyboard.type('define');
    await quickInput.accept('define');
    await choose(window, 'CD-ROM drives');
    await quickInput.waitFor("The template's CD-ROM and floppy drives");
    await window.screenshot('clone-drives');
    await page.keyboard.type('drop');
    await quickInput.accept('drop them');
    await quickInput.waitFor('Enter runs the commands');
    const summary = (await quickInput.rows()).join('\n');
    await window.screenshot('clone-summary');
    assert.match(summary, /^Name {2}lab-\{1\.\.3\}/m);
    assert.match(summary, /^Method {2}define/m);
    assert.match(summary, /^CD-ROM drives {2}drop them/m);

    await choose(window, 'Copy as Shell Script');
    await quickInput.waitFor('Enter runs the commands');
    const copied = await clipboardShows(window, /lab-1\.qcow2/);
    for (const name of ['lab-1', 'lab-2', 'lab-3']) assert.match(copied, new RegExp(`${name}\\.qcow2`));
    await choose(window, 'Show Commands');
    await page.getByRole('tab', { name: /\.sh/ }).waitFor();
    await quickInput.waitFor('Enter runs the commands');
    await window.screenshot('clone-commands');
    await quickInput.accept(/Create$/);
    await notifications.waitFor('3 virtual machines have been created: lab-1, lab-2, lab-3.');
    await window.screenshot('clones-made');
    for (const name of ['lab-1', 'lab-2', 'lab-3']) await tree.row(['Templates', template, name]);
    assert.equal(
      await editorShows(window, /lab-3/),
      copied,
      'the script that was shown is the one that was copied',
    );
  });

  it('the last choices are remembered', async () => {
    const window = await stage.open();
    const { tree, quickInput } = window;
    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    const summary = (await quickInput.rows()).join('\n');
    assert.match(summary, /^Method {2}define/m);
    assert.match(summary, /^CD-ROM drives {2}drop them/m);
    assert.match(summary, /^How many {2}1/m);
    await quickInput.cancel();
  });

  it('a picture shows who stands on whom', async () => {
    const window = await stage.open();
    const { tree, lineage } = window;
    await tree.contextMenu(template, 'Show Lineage');
    await lineage.waitFor(4);
    assert.match(await lineage.summary(), /^4 nodes/);
    await lineage.focused(template);
    await window.screenshot('lineage-dark');
    await window.page.keyboard.press('ArrowRight');
    await lineage.focused('lab-1');
    await window.page.keyboard.press('ArrowDown');
    await lineage.focused('lab-2');
    await window.page.keyboard.press('Enter');
    await tree.selects('lab-2');
  });

  it('a picture follows what others do, also while the tree is hidden', async () => {
    const window = await stage.open();
    const { tree, lineage } = window;
    await tree.contextMenu(template, 'Show Lineage');
    await lineage.waitFor(4);
    // Nobody looks at the tree, but at the picture.
    await window.openView('Explorer');
    await stage.lab.virsh('start', 'lab-1', '--paused');
    await lineage.says('lab-1', 'paused');
    await stage.lab.virsh('destroy', 'lab-1');
    await lineage.says('lab-1', 'shut off');
  });

  it('a template that somebody starts elsewhere is told of at once, also with the view hidden, and switched off', async () => {
    const window = await stage.open();
    const { tree, notifications } = window;
    await tree.row(template);
    await window.openView('Explorer');
    await chmod(volume(template), 0o644);
    await stage.lab.virsh('start', template, '--paused');
    await notifications.waitFor(`${template} has been started, but it is the base of`);
    await window.screenshot('template-started');
    await notifications.press('Force Off');
    await stage.lab.waitForState(template, 'shut off', 60_000);
    await chmod(volume(template), 0o444);
  });

  it('one is made independent; its template cannot be started or deleted while others stand on it', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications } = window;
    await tree.row(['Templates', template, 'lab-1']); // lest it be gone before anything has happened
    await tree.contextMenu([machines, 'lab-1'], 'Flatten…');
    await quickInput.waitFor('Enter runs the commands');
    await window.screenshot('flatten');
    await quickInput.accept(/Make Independent$/);
    await tree.gone([template, 'lab-1']);
    assert.doesNotMatch(await stage.lab.run('qemu-img', 'info', volume('lab-1')), /backing file/);

    assert.ok(!(await tree.menuOf(template)).includes('Start'), 'a template in use has no Start');
    await tree.contextMenu(template, 'Delete…');
    const refused = await notifications.waitFor(/the base of/);
    await window.screenshot('delete-refused');
    assert.match(refused, /lab-2.*lab-3/);
    assert.doesNotMatch(refused, /lab-1/);
    assert.ok(existsSync(volume(template)));
  });

  it('the others are deleted together, and then the template', async () => {
    const window = await stage.open();
    const { tree, dialog } = window;
    await tree.select([machines, 'lab-2']);
    await tree.selectAlso([machines, 'lab-3']);
    await tree.contextMenu([machines, 'lab-3'], 'Delete…');
    const question = await dialog.text();
    await window.screenshot('delete-several');
    assert.match(question, /lab-2[\s\S]*lab-3/);
    await dialog.press('Delete');
    for (const name of ['lab-2', 'lab-3']) {
      await tree.gone(name);
      await gone(volume(name));
    }
    await tree.contextMenu(template, 'Delete…');
    await window.screenshot('delete-template');
    await dialog.press('Delete');
    await tree.gone(['Templates', template]);
    assert.equal(await stage.lab.find(template), undefined);
  });

  it('a machine becomes a template and a machine again', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications } = window;
    const before = (await stat(volume('maquina1'))).mode & 0o777;
    await tree.contextMenu([machines, 'maquina1'], 'Convert to Template…');
    await quickInput.waitFor('Enter runs the commands');
    await window.screenshot('convert');
    assert.match((await quickInput.rows()).join('\n'), /^Generalise {2}already done/m);
    await quickInput.accept(/Convert$/);
    await tree.row(['Templates', 'template-maquina1']);
    await notifications.gone('Convert maquina1 to a template');
    assert.equal((await stat(volume('maquina1'))).mode & 0o222, 0);
    await window.screenshot('converted');
    await tree.contextMenu(['Templates', /maquina1$/], 'Convert to Virtual Machine…');
    await quickInput.waitFor('Enter runs the commands');
    await quickInput.accept(/Convert$/);
    await tree.row([machines, 'maquina1']);
    await tree.gone(['Templates', /maquina1$/]);
    await notifications.gone('to a virtual machine');
    assert.equal((await stat(volume('maquina1'))).mode & 0o777, before);
  });

  it('hosts are added and removed, and one that may ask leads to the terminal', async () => {
    const window = await stage.open();
    const { tree, quickInput, page } = window;
    await window.runCommand('Libvirt: Add Host…');
    await quickInput.waitFor('Host to show');
    await window.screenshot('add-host');
    await page.keyboard.type('qemu+ssh://nobody@127.0.0.1:1/system');
    await quickInput.accept('Another URI…');
    await quickInput.waitFor('URI of the host');
    assert.equal(await quickInput.value(), 'qemu+ssh://nobody@127.0.0.1:1/system');
    await quickInput.accept();
    const other = /127\.0\.0\.1:1/;
    await tree.row(other);
    await tree.described(other, /not reached/);
    await window.screenshot('host-not-reached');
    await window.runCommand('Libvirt: Remove Host');
    await quickInput.waitFor('Host to show no longer');
    await window.screenshot('remove-host');
    await page.keyboard.type('127.0.0.1');
    await quickInput.accept(other);
    await tree.gone(other);
    await tree.row([machines, 'maquina1']);
  });
});
