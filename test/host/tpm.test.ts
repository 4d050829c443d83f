import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { methods } from '../../src/plan/machine';
import { remove } from '../../src/plan/remove';
import { Clones } from '../support/clones';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a linked clone of a template with a TPM', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;
  let templates: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    // What root's swtpm has in /etc and /var, for this user alone.
    await lab.run('/usr/share/swtpm/swtpm-create-user-config-files');
    const image = path.join(lab.poolDir, 'base.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '8M');
    await lab.virsh('pool-refresh', 'default');
    await clones.define(
      'base',
      `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${image}'/>
       <target dev='vda' bus='virtio'/></disk><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>`,
    );
    await runOnce('base');
    templates = await state('base');
  });
  after(() => lab.dispose());

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
  });

  for (const method of methods) {
    it(`by ${method} has one of its own, which starts empty, and takes it along when it goes`, async () => {
      const before = await lab.hash(templates);
      const name = `tpm-${method}`;
      const plan = await clones.plan('base', { name, method });
      assert.ok(plan.notes.includes('The TPM of the clone starts empty.'), 'it is said before');
      await host.run(plan);
      const { uuid } = await clones.domain(name);
      assert.ok(!existsSync(directory(uuid)), 'nothing is in it');
      await runOnce(name);
      const own = await state(name);
      assert.notEqual(await lab.hash(own), before, 'it has keys of its own');
      assert.equal(await lab.hash(templates), before, 'and the template the ones that it had');

      const lineage = await host.lineage();
      const clone = lineage.inventory.domains.find((domain) => domain.uuid === uuid);
      assert.ok(clone);
      await host.run(remove(clone, lineage).plan);
      assert.ok(!existsSync(own), 'nothing of it is left');
      assert.equal(await lab.hash(templates), before);
    });
  }

  async function runOnce(name: string): Promise<void> {
    await lab.virsh('start', name, '--paused');
    await lab.virsh('destroy', name);
  }

  function directory(uuid: string): string {
    return path.join(lab.dir, 'c/libvirt/qemu/swtpm', uuid);
  }

  /** The file in which the TPM of a machine keeps its state. */
  async function state(name: string): Promise<string> {
    const place = path.join(directory((await clones.domain(name)).uuid), 'tpm2');
    const file = (await readdir(place)).find((entry) => entry.endsWith('.permall'));
    return path.join(place, file ?? assert.fail(`${name} has no TPM`));
  }
});
