import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Domain } from '../../src/host/domain';
import { libvirtVersion } from '../../src/host/libvirtVersion';
import type { Lineage } from '../../src/lineage/lineage';
import { deleteSnapshot, findSnapshot, revertToSnapshot } from '../../src/plan/changeSnapshot';
import { InUse } from '../../src/plan/guard';
import type { Plan } from '../../src/plan/plan';
import { start } from '../../src/plan/power';
import { createSnapshot, externalRevert, type SnapshotAnswers } from '../../src/plan/snapshot';
import { PlanFailure } from '../../src/run/runPlan';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('snapshots of a clone, on a real host', () => {
  let lab: Lab;
  let host: LabHost;
  let base: LabMachine;
  let baseHash: string;
  let libvirt: number;

  beforeEach(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    base = await lab.addMachine('base');
    baseHash = await lab.hash(base.path);
    await addClone('web', base.path);
    libvirt = (await libvirtVersion(host.host.run, lab.uri)) ?? assert.fail();
  });
  afterEach(async () => {
    assert.equal(await lab.hash(base.path), baseHash, 'the base is as it was');
    await lab.dispose();
  });

  const at = (name: string) => path.join(lab.poolDir, name);
  const machine = ({ inventory }: Lineage, name = 'web') =>
    inventory.domains.find((one) => one.name === name) ?? assert.fail(`no ${name}`);
  const me = process.getuid?.();

  async function addClone(name: string, on: string): Promise<void> {
    const overlay = at(`${name}.qcow2`);
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', on, overlay);
    await lab.virsh('pool-refresh', 'default');
    const original = ['--original', 'base', '--name', name, '--file', overlay, '--preserve-data'];
    await lab.run('virt-clone', '--connect', lab.uri, ...original, '--check', 'path_in_use=off');
  }

  async function create(name: string, rest: Partial<SnapshotAnswers> = {}): Promise<Plan> {
    const lineage = await host.lineage();
    const usual = { name, description: '', memory: true, storage: 'internal', libvirt } as const;
    return createSnapshot({ domain: machine(lineage), ...usual, ...rest }, lineage);
  }

  async function change(plan: typeof revertToSnapshot, name: string): Promise<Plan> {
    const lineage = await host.lineage();
    const domain = machine(lineage);
    return plan({ domain, snapshot: findSnapshot(domain, name), libvirt, me }, lineage);
  }

  /** The snapshots as the tree would show them: parent, name, and a star for the current one. */
  async function shown(): Promise<string[]> {
    const { baggage } = machine(await host.lineage());
    return (baggage?.snapshots ?? []).map(
      ({ name, parent = '', current }) => `${parent}>${name}${current === true ? '*' : ''}`,
    );
  }

  const write = (pattern: number) =>
    lab.run('qemu-io', '-f', 'qcow2', '-c', `write -P ${pattern} 0 64k`, at('web.qcow2'));
  const holds = async (pattern: number, file = at('web.qcow2')) => {
    const out = await lab.run('qemu-io', '-r', '-f', 'qcow2', '-c', `read -P ${pattern} 0 64k`, file);
    return !out.includes('verification failed');
  };
  const disks = ({ disks: all }: Domain) => all.map(({ source = '' }) => path.basename(source));

  it('inside the image: made, reverted to, and deleted', async () => {
    await write(1);
    await host.run(await create('one', { description: `it's "a" <b>` }));
    await write(2);
    await host.run(await create('dos ñ & <x>'));
    await write(3);
    assert.deepEqual(await shown(), ['one>dos ñ & <x>*', '>one']);
    await host.run(await change(revertToSnapshot, 'one'));
    assert.ok(await holds(1));
    assert.deepEqual(await shown(), ['one>dos ñ & <x>', '>one*']);
    await host.run(await change(revertToSnapshot, 'dos ñ & <x>'));
    assert.ok(await holds(2));
    await host.run(await change(deleteSnapshot, 'one'));
    assert.deepEqual(await shown(), ['>dos ñ & <x>*']);
    const { baggage } = machine(await host.lineage());
    assert.equal(baggage?.snapshots[0]?.description, undefined);
  });

  it('with the memory of a guest, which goes on from there', async function () {
    this.timeout(240_000);
    const lineage = await host.lineage();
    await host.run(start(machine(lineage), lineage));
    const boots = (text: string) => /boots=(\d+)/.exec(text)?.[1];
    const before = boots(await lab.waitForReady('web', 120_000));
    await host.run(await create('awake'));
    await lab.virsh('destroy', 'web');
    await host.run(await change(revertToSnapshot, 'awake'));
    assert.equal(boots(await lab.waitForReady('web', 120_000)), before, 'without another boot');
    const { state, baggage } = machine(await host.lineage());
    assert.deepEqual([state, baggage?.snapshots[0]?.memory], ['running', { file: undefined }]);
  });

  it('as overlays: each makes a level, which its deletion merges', async function () {
    this.timeout(120_000);
    await write(1);
    await host.run(await create('out', { storage: 'external' }));
    const lineage = await host.lineage();
    assert.deepEqual(disks(machine(lineage)), ['web.out.qcow2']);
    const chain = lineage.chain(at('web.out.qcow2')).map((file) => path.basename(file));
    assert.deepEqual(chain, ['web.qcow2', 'base.qcow2']);
    assert.equal(lineage.parentOf(machine(lineage))?.name, 'base', 'it is still a clone');
    await lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 9 0 64k', at('web.out.qcow2'));
    if (libvirt < externalRevert) await assert.rejects(change(revertToSnapshot, 'out'), /cannot revert/);
    await host.run(await change(deleteSnapshot, 'out'));
    assert.deepEqual(disks(machine(await host.lineage())), ['web.qcow2']);
    assert.equal(existsSync(at('web.out.qcow2')), false);
    assert.ok(await holds(9), 'what was written since is kept');
    assert.deepEqual(await shown(), []);
  });

  it('as overlays of a machine that runs, with its memory in a file, which goes too', async function () {
    this.timeout(120_000);
    await lab.virsh('start', 'web');
    await host.run(await create('hot', { storage: 'external', memory: false }));
    await host.run(await create('mem', { storage: 'external' }));
    assert.deepEqual(await shown(), ['>hot', 'hot>mem*']);
    assert.ok(existsSync(at('web.mem.mem')));
    for (const name of ['mem', 'hot']) await host.run(await change(deleteSnapshot, name));
    assert.deepEqual(disks(machine(await host.lineage())), ['web.qcow2']);
    const left = ['web.mem.mem', 'web.mem.qcow2', 'web.hot.qcow2'].filter((name) => existsSync(at(name)));
    assert.deepEqual(left, []);
    assert.equal((await lab.virsh('domstate', 'web')).trim(), 'running');
  });

  it('never where others stand: neither on the base, nor on a level between', async () => {
    const lineage = await host.lineage();
    const answers = { name: 's', description: '', memory: false, storage: 'internal', libvirt } as const;
    assert.throws(() => createSnapshot({ domain: machine(lineage, 'base'), ...answers }, lineage), InUse);
    await host.run(await create('out', { storage: 'external' }));
    await addClone('second', at('web.qcow2'));
    const before = await lab.hash(at('web.qcow2'));
    await assert.rejects(change(deleteSnapshot, 'out'), (error) => {
      return error instanceof InUse && error.message.includes('base of second');
    });
    assert.equal(await lab.hash(at('web.qcow2')), before);
  });

  it('taken back where a later step fails, and never one that was there', async () => {
    const failing = {
      title: 'fails',
      spec: { file: 'virsh', args: ['--connect', lab.uri, 'no-such'] },
    } as const;
    for (const storage of ['internal', 'external'] as const) {
      const plan = await create('new', { storage });
      await assert.rejects(
        host.run({ ...plan, steps: [...plan.steps, failing] }),
        /the snapshot new was deleted/,
      );
      assert.deepEqual(await shown(), []);
      assert.deepEqual(disks(machine(await host.lineage())), ['web.qcow2']);
    }
    const late = await create('theirs');
    await lab.virsh('snapshot-create-as', 'web', 'theirs');
    await assert.rejects(host.run(late), PlanFailure);
    assert.deepEqual(await shown(), ['>theirs*']);
  });
});
