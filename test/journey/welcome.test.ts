import assert from 'node:assert/strict';
import path from 'node:path';
import { Stage } from './stage';

describe('a person who has just installed the extension', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('is led from libvirt to the first clone by a walkthrough that checks itself off', async () => {
    // As VS Code is unless told otherwise: what has happened before its welcome page was there it does not check off.
    const settings = { 'workbench.startupEditor': 'welcomePage' };
    const window = await stage.open({ settings, width: 1600 });
    const { page, quickInput, tree } = window;
    await tree.row('plantilla-prueba1');
    await window.runCommand('Welcome: Open Walkthrough...');
    await quickInput.waitFor('Select a walkthrough');
    await page.keyboard.type('Linked clones with libvirt');
    await quickInput.accept('Linked clones with libvirt');
    const steps = page.locator('.getting-started-step');
    const done = (title: string) =>
      steps.filter({ hasText: title }).locator('.codicon-getting-started-step-checked');
    for (const title of ["Find libvirt's tools", 'Reach a host', 'Make a template'])
      await done(title).waitFor({ state: 'attached' });
    assert.equal(await done('Make a linked clone').count(), 0);
    await window.screenshot('walkthrough');

    const image = path.join(stage.lab.dir, 'overlay.qcow2');
    const base = path.join(stage.lab.poolDir, 'plantilla-prueba1.qcow2');
    await stage.lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', image);
    await stage.lab.addMachine('first', { image });
    await done('Make a linked clone').waitFor({ state: 'attached' });
  });
});
