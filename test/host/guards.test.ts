import assert from 'node:assert/strict';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Domain } from '../../src/host/domain';
import type { Lineage } from '../../src/lineage/lineage';
import { importVolume } from '../../src/plan/importVolume';
import { Refusal } from '../../src/plan/plan';
import { start } from '../../src/plan/power';
import { remove } from '../../src/plan/remove';
import { convertToVirtualMachine } from '../../src/plan/template';
import { PlanFailure } from '../../src/run/runPlan';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

// Each of these once let a base be changed or deleted under what stands on it.
describe('a base is guarded', () => {
  let lab: Lab;
  let host: LabHost;
  let base: LabMachine;

  beforeEach(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    base = await lab.addMachine('base');
  });
  afterEach(() => lab.dispose());

  it('against dependants that name it through a link, or by a detour', async () => {
    const link = path.join(lab.dir, 'link');
    await symlink(lab.poolDir, link);
    const names = [`${link}/base.qcow2`, `${lab.poolDir}/../pool//base.qcow2`, `file:${base.path}`];
    for (const [index, backing] of names.entries()) {
      const overlay = path.join(lab.poolDir, `overlay${index}.qcow2`);
      await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, overlay);
    }
    for (const index of names.keys()) await refused(new RegExp(`overlay${index}\\.qcow2`));
  });

  it('against clones whose overlays lie in no pool', async () => {
    const overlay = path.join(lab.dir, 'outside.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, overlay);
    const other = await lab.addMachine('other');
    await lab.virsh('detach-disk', '--domain', 'other', '--target', 'vda', '--config');
    await attach('other', overlay);
    assert.ok(other);
    await refused(/other/);
  });

  it('against overlays that their pool has not seen yet', async () => {
    const overlay = path.join(lab.poolDir, 'new.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, overlay);
    await refused(/new\.qcow2/);
  });

  it('against a pool that is not active: what stands in it cannot be seen', async () => {
    const second = path.join(lab.dir, 'second');
    await lab.definePool('second', second);
    const overlay = path.join(lab.poolDir, 'overlay.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, overlay);
    const clone = await lab.addMachine('clone', { volume: 'unused.qcow2' });
    await lab.virsh('detach-disk', '--domain', 'clone', '--target', 'vda', '--config');
    await attach('clone', overlay);
    await lab.virsh('pool-destroy', 'second');
    const lineage = await host.lineage();
    assert.throws(() => remove(domain(lineage, clone.name), lineage), /second is not active/);
  });

  it('of a machine that is marked as one against pools and images that cannot be seen', async () => {
    const template = await lab.addTemplate('template');
    await chmod(template.path, 0o644);
    const outside = path.join(lab.dir, 'outside');
    await mkdir(outside);
    const overlay = path.join(outside, 'hidden.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', template.path, overlay);
    await lab.addMachine('clone', { volume: 'unused.qcow2' });
    await lab.virsh('detach-disk', '--domain', 'clone', '--target', 'vda', '--config');
    await attach('clone', overlay);
    const plans = [
      start,
      (one: Domain, lineage: Lineage) => convertToVirtualMachine({ domain: one, me: 0 }, lineage),
    ];
    const refusedAll = async (why: RegExp) => {
      const lineage = await host.lineage();
      for (const plan of plans) {
        assert.throws(
          () => plan(domain(lineage, 'template'), lineage),
          (error) => error instanceof Refusal && why.test(error.message),
        );
      }
    };
    await refusedAll(/base of clone/);
    await chmod(overlay, 0);
    await refusedAll(/hidden\.qcow2, a disk of clone, .* cannot be read/);
    await chmod(overlay, 0o644);
    await chmod(outside, 0);
    await refusedAll(/hidden\.qcow2, a disk of clone, .* cannot be read/);
    await chmod(outside, 0o755);
    await lab.run('rm', overlay);
    const later = await host.lineage();
    for (const plan of plans) plan(domain(later, 'template'), later);
    await lab.definePool('second', path.join(lab.dir, 'second'));
    await lab.virsh('pool-destroy', 'second');
    await refusedAll(/second is not active.*virsh pool-start/);
    // What is nobody's base is started as ever.
    const last = await host.lineage();
    start(domain(last, 'base'), last);
  });

  it('against a machine that runs and will use the image only after its next start', async () => {
    const overlay = path.join(lab.poolDir, 'overlay.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, overlay);
    await lab.virsh('pool-refresh', 'default');
    await lab.addMachine('runs');
    await lab.virsh('start', 'runs', '--paused');
    await attach('runs', overlay, 'vdb');
    const owner = await lab.addMachine('owner', { volume: 'unused.qcow2' });
    await lab.virsh('detach-disk', '--domain', 'owner', '--target', 'vda', '--config');
    await attach(owner.name, overlay);
    const lineage = await host.lineage();
    const { deleted, kept } = remove(domain(lineage, 'owner'), lineage);
    assert.deepEqual([deleted, kept], [[], [overlay]]);
  });

  it('and nobody else’s machine is undone when a name is taken meanwhile', async () => {
    const volume = path.join(lab.poolDir, 'data.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', volume, '1M');
    const lineage = await host.lineage();
    const found = lineage.volume(volume);
    assert.ok(found);
    const machine = {
      type: 'qemu',
      memory: 2 ** 27,
      vcpus: 1,
      osinfo: 'detect=on,require=off',
      networks: [],
    };
    const plan = importVolume({ volume: found, name: 'data', ...machine }, lineage);
    await lab.addMachine('data', { volume: 'theirs.qcow2' });
    await attach('data', volume, 'vdb');
    await lab.virsh('start', 'data', '--paused');
    await assert.rejects(host.run(plan), PlanFailure);
    assert.equal((await lab.virsh('domstate', 'data')).trim(), 'paused');
  });

  async function refused(why: RegExp): Promise<void> {
    const lineage = await host.lineage();
    for (const plan of [start, remove]) {
      assert.throws(
        () => plan(domain(lineage, 'base'), lineage),
        (error) => error instanceof Refusal && why.test(error.message),
      );
    }
  }

  async function attach(name: string, file: string, target = 'vda'): Promise<void> {
    const disk = ['--source', file, '--target', target, '--driver', 'qemu', '--subdriver', 'qcow2'];
    await lab.virsh('attach-disk', '--domain', name, ...disk, '--config');
  }
});

function domain({ inventory }: Lineage, name: string) {
  const found = inventory.domains.find((candidate) => candidate.name === name);
  assert.ok(found);
  return found;
}
