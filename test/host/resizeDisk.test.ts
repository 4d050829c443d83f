import assert from 'node:assert/strict';
import path from 'node:path';
import type { Lineage } from '../../src/lineage/lineage';
import { InUse } from '../../src/plan/guard';
import type { Plan } from '../../src/plan/plan';
import { resizeDisk } from '../../src/plan/resizeDisk';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a disk, enlarged on a real host', () => {
  let lab: Lab;
  let host: LabHost;
  let web: LabMachine;
  const mebibyte = 2 ** 20;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    web = await lab.addMachine('web');
  });
  after(() => lab.dispose());

  const machine = (lineage: Lineage) => lineage.domain(web.uuid) ?? assert.fail();
  const size = async () => (await host.lineage()).volume(web.path)?.capacity ?? 0;

  async function plan(capacity: number): Promise<Plan> {
    const lineage = await host.lineage();
    return resizeDisk({ domain: machine(lineage), target: 'vda', capacity, me: process.getuid?.() }, lineage);
  }

  it('while it is off and while it runs, and its guest sees it', async function () {
    this.timeout(240_000);
    const off = (await size()) + 16 * mebibyte;
    await host.run(await plan(off));
    assert.equal(await size(), off);
    await lab.virsh('start', 'web');
    const seen = (text: string) => Number(/disk=(\d+)MiB/.exec(text)?.[1]);
    assert.equal(seen(await lab.waitForReady('web', 120_000)), off / mebibyte);
    await host.run(await plan(off + 16 * mebibyte));
    assert.equal(await size(), off + 16 * mebibyte);
    await lab.virsh('destroy', 'web');
    await assert.rejects(plan(off), /only grow/);
  });

  it('with a snapshot in it', async () => {
    await lab.virsh('snapshot-create-as', 'web', 'inside');
    const more = (await size()) + 16 * mebibyte;
    await host.run(await plan(more));
    assert.equal(await size(), more);
    await lab.virsh('start', 'web', '--paused');
    await host.run(await plan(more + mebibyte));
    assert.equal(await size(), more + mebibyte);
    await lab.virsh('destroy', 'web');
  });

  it('never one that others stand on', async () => {
    const above = path.join(lab.poolDir, 'above.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', web.path, above);
    await assert.rejects(plan(2 ** 31), InUse);
  });
});
