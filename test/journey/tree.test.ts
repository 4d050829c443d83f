import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TreeView } from '../support/workbench/treeView';
import { Stage } from './stage';

describe('the tree, while a second virsh changes things', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('keeps what is selected, open and closed', async () => {
    const { lab } = stage;
    const { tree } = await stage.open();
    await tree.expand('Storage Pools');
    await tree.expand('default');
    await tree.row(['default', 'maquina1.qcow2']);
    await (await tree.row('Templates')).locator('.monaco-tl-twistie').click();
    await tree.gone(['Templates', 'plantilla-prueba1']);
    await tree.select(['Virtual Machines', 'maquina1']);
    const isKept = async (selected: string) => {
      assert.deepEqual(await tree.selected(), [selected]);
      assert.equal(await (await tree.row('Templates')).getAttribute('aria-expanded'), 'false');
      await tree.row(['Storage Pools', 'default', 'maquina1.qcow2']);
    };

    await lab.virsh('start', 'maquina1', '--paused');
    await described(tree, /maquina1 {2}paused/);
    await isKept('maquina1');
    await lab.virsh('destroy', 'maquina1');
    await described(tree, /maquina1 {2}shut off/);

    await lab.addMachine('another');
    await tree.row(['Virtual Machines', 'another']);
    await tree.row(['Storage Pools', 'default', 'another.qcow2']);
    await isKept('maquina1');

    await lab.virsh('domrename', 'maquina1', 'zuletzt');
    await tree.row(['Virtual Machines', 'zuletzt']);
    await tree.gone(['Virtual Machines', 'maquina1']);
    await isKept('zuletzt');

    await lab.virsh('undefine', 'another');
    await lab.virsh('vol-delete', '--pool', 'default', '--vol', 'another.qcow2');
    await tree.gone(['Virtual Machines', 'another']);
    await tree.gone(['Storage Pools', 'default', 'another.qcow2']);
    await isKept('zuletzt');
  });
});

async function described(tree: TreeView, row: RegExp): Promise<void> {
  for (const end = Date.now() + 20_000; ;) {
    const rows = (await tree.rows()).join('\n');
    if (row.test(rows)) return;
    assert.ok(Date.now() < end, `no ${String(row)} in:\n${rows}`);
    await sleep(200);
  }
}
