import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InUse } from '../../src/plan/guard';
import type { Lineage } from '../../src/lineage/lineage';
import type { Plan } from '../../src/plan/plan';
import { convertToTemplate, convertToVirtualMachine } from '../../src/plan/template';
import { PlanFailure } from '../../src/run/runPlan';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a template, made and freed on a real host', () => {
  let lab: Lab;
  let host: LabHost;
  const me = process.getuid?.();

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
  });
  after(() => lab.dispose());

  const found = (lineage: Lineage, { uuid }: LabMachine) => lineage.domain(uuid) ?? assert.fail();

  async function toTemplate(machine: LabMachine, prefix = 'plantilla-') {
    const lineage = await host.lineage();
    return convertToTemplate(
      { domain: found(lineage, machine), generalise: { kind: 'done' }, prefix, me },
      lineage,
    );
  }

  async function toMachine(machine: LabMachine) {
    const lineage = await host.lineage();
    return convertToVirtualMachine({ domain: found(lineage, machine), me }, lineage);
  }

  /** All that a conversion touches. */
  async function sight({ uuid, path: file }: LabMachine): Promise<string[]> {
    const { mode, mtimeMs } = await stat(file);
    const autostart = /^Autostart: +(\w+)$/m.exec(await lab.virsh('dominfo', uuid))?.[1] ?? '';
    // libvirt keeps the element, though nothing is in it any more.
    const xml = (await lab.virsh('dumpxml', uuid)).replace('  <metadata/>\n', '');
    return [xml, mode.toString(8), String(mtimeMs), await lab.hash(file), autostart];
  }

  for (const name of ['web', `it's "a" <b> & ñ`]) {
    it(`is made of ${name} and becomes the same machine again, to the byte`, async () => {
      const machine = await lab.addMachine(name, {
        volume: name === 'web' ? 'web.qcow2' : `d'i "s" <k>.qcow2`,
      });
      await lab.virsh('autostart', machine.uuid);
      const before = await sight(machine);
      await host.run(await toTemplate(machine));
      const template = found(await host.lineage(), machine);
      assert.equal(template.name, `plantilla-${name}`);
      assert.deepEqual(template.mark, {
        kind: 'template',
        name,
        modes: new Map([[machine.path, 0o644]]),
        autostart: true,
      });
      assert.equal((await stat(machine.path)).mode & 0o777, 0o444);
      await assert.rejects(lab.virsh('start', machine.uuid), /Permission denied/);
      await host.run(await toMachine(machine));
      assert.deepEqual(await sight(machine), before);
      await lab.virsh('undefine', machine.uuid);
    });
  }

  it('has its contents there and back, as its guest finds them', async () => {
    const machine = await lab.addMachine('contents');
    const boots = async (nth: number) => {
      await lab.virsh('start', machine.uuid);
      const line = await lab.waitForReady(machine.uuid, 110_000);
      assert.match(line, new RegExp(`READY boots=${nth} .* data=ok `));
      await lab.virsh('destroy', machine.uuid);
    };
    await boots(1);
    const copy = path.join(lab.dir, 'contents.qcow2');
    await lab.run('qemu-img', 'convert', '-O', 'qcow2', machine.path, copy);
    await host.run(await toTemplate(machine));
    await host.run(await toMachine(machine));
    await lab.run('qemu-img', 'compare', '-f', 'qcow2', '-F', 'qcow2', copy, machine.path);
    await boots(2);
  });

  it('leaves everything as it was when a step fails, whichever', async () => {
    const machine = await lab.addMachine('fails', { osId: '' });
    await lab.virsh('autostart', machine.uuid);
    const before = await sight(machine);
    const plan = await toTemplate(machine);
    for (const index of plan.steps.keys()) {
      const broken: Plan = {
        ...plan,
        steps: plan.steps.map((step, at) =>
          at === index ? { ...step, verify: { kind: 'noDomain', uuid: machine.uuid } as const } : step,
        ),
      };
      await assert.rejects(host.run(broken), PlanFailure);
      assert.deepEqual(await sight(machine), before, plan.steps[index]?.title);
    }
    assert.equal(plan.steps.length, 4);
  });

  describe('generalised by virt-sysprep', () => {
    let machine: LabMachine;
    let copy: string;
    let withSysprep: LabHost;
    const said = () => readFile(path.join(lab.dir, 'sysprep.args'), 'utf8');

    /** libguestfs needs a kernel of its own to run; this one writes to the image, tells how it was called, and ends so. */
    async function provide(exitCode: number): Promise<void> {
      const bin = path.join(lab.dir, 'bin');
      await mkdir(bin, { recursive: true });
      const script = [
        '#!/bin/sh',
        `echo "$@" >${path.join(lab.dir, 'sysprep.args')}`,
        `qemu-io -f qcow2 -c 'write -P 7 0 1M' ${machine.path} || exit 99`,
        `exit ${exitCode}`,
      ];
      await writeFile(path.join(bin, 'virt-sysprep'), `${script.join('\n')}\n`, { mode: 0o755 });
      withSysprep = new LabHost(lab, { PATH: `${bin}:${lab.env.PATH ?? ''}` });
    }

    async function plan() {
      const lineage = await host.lineage();
      const generalise = { kind: 'virt-sysprep', operations: ['machine-id'], hostname: 'h' } as const;
      return convertToTemplate({ domain: found(lineage, machine), generalise, prefix: '', me }, lineage);
    }

    const compared = () => lab.run('qemu-img', 'compare', '-f', 'qcow2', '-F', 'qcow2', copy, machine.path);
    const snapshots = async () => (await lab.run('qemu-img', 'snapshot', '-l', machine.path)).trim();

    beforeEach(async () => {
      machine = await lab.addMachine('prepared');
      copy = path.join(lab.dir, 'copy.qcow2');
      await lab.run('cp', machine.path, copy);
    });
    afterEach(async () => {
      await lab.virsh('undefine', machine.uuid);
      await rm(machine.path);
    });

    it('has what it wrote, is read-only, and keeps no way back', async () => {
      await provide(0);
      await withSysprep.run(await plan());
      assert.match(await said(), /--domain \S+ --operations machine-id,customize --hostname h$/m);
      await assert.rejects(compared());
      const read = ['-r', '-f', 'qcow2', '-c', 'read -P 7 0 1M', machine.path];
      assert.doesNotMatch(await lab.run('qemu-io', ...read), /failed/);
      assert.equal(await snapshots(), '');
      assert.equal((await stat(machine.path)).mode & 0o777, 0o444);
    });

    it('has its former contents when that fails, and no snapshot of it stays', async () => {
      await provide(3);
      await assert.rejects(
        withSysprep.run(await plan()),
        (error) => error instanceof PlanFailure && error.message.includes('exit code 3'),
      );
      assert.match(await said(), /machine-id/);
      await compared();
      assert.equal(await snapshots(), '');
      assert.equal((await stat(machine.path)).mode & 0o777, 0o644);
    });

    it('has its former contents when a later step fails, its last but one included', async () => {
      await provide(0);
      const whole = await plan();
      const forget = whole.steps.findIndex(({ spec }) => spec.args.includes('-d'));
      for (const index of [2, 3, 4].filter((at) => at < forget)) {
        const steps = whole.steps.map((step, at) =>
          at === index ? { ...step, verify: { kind: 'noDomain', uuid: machine.uuid } as const } : step,
        );
        await assert.rejects(withSysprep.run({ ...whole, steps }), PlanFailure);
        await compared();
        assert.equal(await snapshots(), '', whole.steps[index]?.title);
        assert.equal((await stat(machine.path)).mode & 0o777, 0o644);
      }
      assert.equal(forget, 5);
    });
  });

  it('is made of a machine with snapshots, which stay', async () => {
    const machine = await lab.addMachine('snaps');
    await lab.virsh('snapshot-create-as', machine.uuid, 'one');
    const plan = await toTemplate(machine);
    assert.match(plan.notes.join(), /snapshots \(one\)/);
    await host.run(plan);
    assert.equal((await lab.virsh('snapshot-list', machine.uuid, '--name')).trim(), 'one');
    await host.run(await toMachine(machine));
    assert.equal((await lab.virsh('snapshot-list', machine.uuid, '--name')).trim(), 'one');
  });

  it('is not made of a machine whose memory is saved', async () => {
    const machine = await lab.addMachine('saved');
    await lab.virsh('start', machine.uuid, '--paused');
    await lab.virsh('managedsave', machine.uuid);
    await assert.rejects(toTemplate(machine), /managedsave-remove/);
    await lab.virsh('managedsave-remove', machine.uuid);
    await host.run(await toTemplate(machine, ''));
  });

  it('does not become a machine while somebody stands on it, though no machine has that overlay', async () => {
    const machine = await lab.addMachine('base');
    await host.run(await toTemplate(machine));
    const overlay = path.join(lab.poolDir, 'overlay.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', machine.path, overlay);
    await assert.rejects(
      toMachine(machine),
      (error) => error instanceof InUse && error.message.includes('overlay'),
    );
    await lab.run('rm', overlay);
    await host.run(await toMachine(machine));
  });
});
