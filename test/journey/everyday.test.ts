import assert from 'node:assert/strict';
import path from 'node:path';
import { editorShows, gone, messageIs, removeMachine, terminalShows } from './acts';
import { Stage } from './stage';

const template = 'plantilla-prueba1';

describe('a person with volumes, consoles, another language and another theme, in VS Code', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('makes an overlay on a volume, a machine from it, and reads its backing chain', async () => {
    const window = await stage.open();
    const { tree, quickInput, notifications } = window;
    await tree.expand('Storage Pools');
    await tree.expand('default');
    await tree.contextMenu(['default', `${template}.qcow2`], 'Create Linked Volume…');
    await quickInput.waitFor('Name of the new volume');
    await quickInput.type('extra.qcow2');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    await quickInput.accept(/Create$/);
    await tree.row(['default', `${template}.qcow2`, 'extra.qcow2'], 60_000);
    assert.ok(
      !(await tree.menuOf(['default', `${template}.qcow2`])).includes('New Virtual Machine from Volume…'),
    );
    await tree.contextMenu(['default', 'extra.qcow2'], 'New Virtual Machine from Volume…');
    await quickInput.waitFor('Name of the new virtual machine');
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    assert.match((await quickInput.rows()).join('\n'), /^Memory {2}160 MiB$/m, 'proposed from the template');
    await quickInput.accept(/Create$/);
    await notifications.waitFor('The virtual machine extra has been created', 60_000);
    await tree.contextMenu(['Virtual Machines', 'extra'], 'Show Backing Chain');
    await window.page.getByRole('tab', { name: /Backing chain of extra/ }).waitFor();
    const text = await editorShows(
      window,
      /^- .*extra\.qcow2 \(qcow2; used by extra\)\n {2}- .*plantilla-prueba1\.qcow2 \(qcow2; used by plantilla-prueba1\)$/m,
    );
    await window.screenshot('backing-chain');
    assert.match(text, /backing file format: qcow2/);
    await removeMachine(window, 'extra');
    await gone(path.join(stage.lab.poolDir, 'extra.qcow2'));
  });

  it('talks to a machine on its serial console, also after its next start', async () => {
    const window = await stage.open();
    const { tree, page } = window;
    await tree.contextMenu(['Virtual Machines', 'maquina1'], 'Start');
    await tree.described(['Virtual Machines', 'maquina1'], /^running/);
    await tree.contextMenu(['Virtual Machines', 'maquina1'], 'Open Serial Console');
    await terminalShows(window, /Ctrl\+\] to leave[\s\S]*LAB GUEST READY/);
    await page.keyboard.press('Enter');
    await terminalShows(window, /^\/ #/m);
    await page.keyboard.type('echo $((6 * 7))\n');
    await terminalShows(window, /^42$/m);
    await window.screenshot('serial-console');

    await stage.lab.virsh('destroy', 'maquina1');
    await tree.described(['Virtual Machines', 'maquina1'], /^shut off/);
    await stage.lab.virsh('start', 'maquina1');
    await terminalShows(window, /LAB GUEST READY/);
    assert.doesNotMatch(await window.terminalText(), /^42$/m, 'it is another console');
    await stage.lab.virsh('destroy', 'maquina1');
    await tree.described(['Virtual Machines', 'maquina1'], /^shut off/);
  });

  it('reads Spanish where VS Code does, in a light theme', async () => {
    const window = await stage.open({ locale: 'es', colorTheme: 'light' });
    const { tree, quickInput } = window;
    await tree.row(['Plantillas', template]);
    await tree.described(['Máquinas virtuales', 'maquina1'], /^apagado/);
    assert.ok((await tree.menuOf(template)).some((label) => label.startsWith('Crear clon enlazado')));
    await tree.contextMenu(template, /^Crear clon enlazado/);
    await quickInput.waitFor();
    await quickInput.type('a/b');
    await messageIs(window, /«\/»|"\/"/);
    assert.doesNotMatch(await quickInput.message(), /must not/);
    await quickInput.type('uno');
    await quickInput.accept();
    await quickInput.waitFor('Intro ejecuta los comandos');
    await window.screenshot('spanish-light');
    assert.match((await quickInput.rows())[0] ?? '', /^Crear/);
    await quickInput.cancel();
  });

  it('finds the icons and words in high contrast, and what to do where libvirt is missing', async () => {
    const window = await stage.open({
      colorTheme: 'hc',
      settings: { 'libvirt.virshPath': '/nowhere/virsh' },
    });
    const welcome = window.page.locator('.welcome-view-content', { hasText: 'sudo apt install' });
    await welcome.waitFor({ timeout: 30_000 });
    assert.ok((await welcome.innerText()).includes('Look Again'));
    await window.screenshot('welcome-high-contrast');
  });

  it('leaves nothing in the console of VS Code', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
