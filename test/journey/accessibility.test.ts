import assert from 'node:assert/strict';
import path from 'node:path';
import { violationsIn } from '../support/workbench/accessibility';
import { DisplayTab } from '../support/workbench/displayTab';
import { Stage } from './stage';

const name = 'pantalla1';

describe('everybody can use the webviews', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
    const { lab } = stage;
    const image = path.join(lab.dir, 'overlay.qcow2');
    const base = path.join(lab.poolDir, 'plantilla-prueba1.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', image);
    await lab.addMachine('clone', { image });
    await lab.addMachine(name, { graphics: "<graphics type='vnc' autoport='yes'/>" });
    await lab.virsh('start', name);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await stage.keepLastSight(this.currentTest.title);
  });

  after(() => stage.strike());

  for (const theme of ['dark', 'light', 'hc'] as const) {
    it(`axe finds nothing wrong with them in the theme ${theme}`, async () => {
      const window = await stage.open({ colorTheme: theme });
      const { page, tree, lineage } = window;
      await tree.contextMenu(['Templates', 'plantilla-prueba1'], 'Show Lineage');
      await lineage.focused('plantilla-prueba1');
      await window.screenshot(`axe-lineage-${theme}`);
      assert.deepEqual(await violationsIn(page, '#summary'), []);

      await tree.contextMenu(['Virtual Machines', name], 'Open Display');
      const tab = new DisplayTab(page);
      await tab.brighterThan(20);
      await window.screenshot(`axe-display-${theme}`);
      assert.deepEqual(await violationsIn(page, '#screen'), []);
    });
  }
});
