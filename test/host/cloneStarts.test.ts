import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { linkedClone } from '../../src/plan/linkedClone';
import { methods } from '../../src/plan/machine';
import { PlanFailure } from '../../src/run/runPlan';
import { Clones } from '../support/clones';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a linked clone that is started afterwards', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;
  let template: LabMachine;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    template = await lab.addTemplate('template');
  });
  after(() => lab.dispose());

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
  });

  // The other routes boot in linkedClone.test.ts.
  it('boots by each of the routes of the course: two volume tools, two methods', async () => {
    const hash = await lab.hash(template.path);
    const routes = [
      ['virt-clone', 'vol-create-as'],
      ['virt-clone', 'qemu-img'],
      ['virt-install', 'qemu-img'],
    ] as const;
    const names = routes.map((route) => route.join('-'));
    for (const [index, [method, volumeTool]] of routes.entries())
      await clones.make('template', { name: names[index] ?? '', method, volumeTool, start: true });
    for (const name of names) {
      assert.match(await lab.waitForReady(name, 110_000), /READY boots=1/, name);
      await lab.virsh('destroy', name);
    }
    assert.equal(await lab.hash(template.path), hash, "the template's image is unchanged");
  });

  for (const method of methods) {
    it(`is taken back with its overlay when it cannot start, by ${method} (HAZARDS 37)`, async () => {
      const before = [await readdir(lab.poolDir), await clones.names('list')];
      const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${template.path}'/><target dev='vda' bus='virtio'/></disk>`;
      // A bridge that is not there is noticed when a machine starts, not when it is defined.
      await clones.define('stuck', `${disk}<interface type='bridge'><source bridge='nowhere0'/></interface>`);
      const lineage = await host.lineage();
      const plan = linkedClone(
        await host.answers('stuck', lineage, { name: 'no', method, start: true }),
        lineage,
      );
      const failure = await host.run(plan).then(
        () => assert.fail('it cannot start'),
        (error: unknown) => error,
      );
      assert.ok(failure instanceof PlanFailure, String(failure));
      assert.ok(failure.step.spec.args.includes('start'), failure.message);
      assert.deepEqual([failure.undone.length, failure.left], [2, []]);
      await lab.virsh('undefine', 'stuck');
      assert.deepEqual([await readdir(lab.poolDir), await clones.names('list')], before);
      assert.deepEqual(
        (await host.lineage()).inventory.pools
          .flatMap(({ volumes }) => volumes.map(({ name }) => name))
          .sort(),
        (await readdir(lab.poolDir)).sort(),
        'and libvirt knows',
      );
    });
  }
});
