import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Lineage } from '../../src/lineage/lineage';
import { InUse } from '../../src/plan/guard';
import type { Plan } from '../../src/plan/plan';
import { resetToTemplate } from '../../src/plan/resetToTemplate';
import { PlanFailure } from '../../src/run/runPlan';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a clone, reset to its template on a real host', () => {
  let lab: Lab;
  let host: LabHost;
  let base: LabMachine;
  let baseHash: string;
  const overlay = () => path.join(lab.poolDir, `it's "a" <b>.qcow2`);

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    base = await lab.addMachine('base');
    baseHash = await lab.hash(base.path);
    const create = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, overlay(), '1G'];
    await lab.run('qemu-img', ...create);
    const clone = await lab.addMachine('clone', { volume: 'unused.qcow2' });
    await lab.virsh('detach-disk', '--domain', clone.name, '--target', 'vda', '--config');
    const disk = ['--source', overlay(), '--target', 'vda', '--driver', 'qemu', '--subdriver', 'qcow2'];
    await lab.virsh('attach-disk', '--domain', clone.name, ...disk, '--config');
    await lab.run('rm', clone.path);
  });
  after(async () => {
    assert.equal(await lab.hash(base.path), baseHash, 'the base is as it was');
    await lab.dispose();
  });

  const machine = ({ inventory }: Lineage) =>
    inventory.domains.find(({ name }) => name === 'clone') ?? assert.fail();
  const me = process.getuid?.();

  async function plan(): Promise<Plan> {
    const lineage = await host.lineage();
    return resetToTemplate({ domain: machine(lineage), me }, lineage);
  }

  const boots = (text: string) => Number(/boots=(\d+)/.exec(text)?.[1]);
  const write = () => lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 7 512M 1M', overlay());
  const files = async () => (await readdir(lab.poolDir)).sort();

  it('loses what its guest has written, and boots as the first time', async function () {
    this.timeout(240_000);
    await lab.virsh('start', 'clone');
    const first = boots(await lab.waitForReady('clone', 120_000));
    await lab.virsh('destroy', 'clone');
    await lab.virsh('start', 'clone');
    assert.equal(boots(await lab.waitForReady('clone', 120_000)), first + 1);
    const before = await files();
    const made = await plan();
    const began = performance.now();
    await host.runPiped(made);
    const took = Math.round(performance.now() - began);
    console.log(`      reset of a running guest: ${took} ms`);
    assert.equal((await lab.virsh('domstate', 'clone')).trim(), 'running');
    assert.equal(boots(await lab.waitForReady('clone', 120_000)), first);
    assert.deepEqual(await files(), before);
    await lab.virsh('destroy', 'clone');
    const info = JSON.parse(await lab.run('qemu-img', 'info', '--output=json', overlay())) as object;
    assert.equal('virtual-size' in info && info['virtual-size'], 2 ** 30, 'its size stays');
  });

  it('has everything back where a step fails, whichever it is', async function () {
    this.timeout(240_000);
    await write();
    const { ino } = await stat(overlay());
    const before = [await lab.hash(overlay()), await files()];
    await lab.virsh('start', 'clone', '--paused');
    const { steps } = await plan();
    for (let at = steps.length - 1; at >= 0; at--) {
      if ((await lab.virsh('domstate', 'clone')).trim() === 'shut off')
        await lab.virsh('start', 'clone', '--paused');
      const failing = { title: `fails at ${at}`, spec: { file: 'virsh', args: ['no-such'] } } as const;
      const broken = await plan();
      await assert.rejects(
        host.runPiped({ ...broken, steps: [...broken.steps.slice(0, at), failing] }),
        (error) => error instanceof PlanFailure && error.left.length === 0,
      );
      await lab.virsh('pool-refresh', 'default');
      if ((await lab.virsh('domstate', 'clone')).trim() !== 'shut off') await lab.virsh('destroy', 'clone');
      assert.equal((await stat(overlay())).ino, ino, `the old one is back after a failure at ${at}`);
      assert.deepEqual([await lab.hash(overlay()), await files()], before);
    }
  });

  it('never under what stands on it', async () => {
    const above = path.join(lab.poolDir, 'above.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', overlay(), above);
    await assert.rejects(plan(), InUse);
    await lab.run('rm', above);
    await host.run(await plan());
    const read = ['-r', '-f', 'qcow2', '-c', 'read -P 0 512M 1M'];
    assert.doesNotMatch(await lab.run('qemu-io', ...read, overlay()), /verification failed/);
  });
});
