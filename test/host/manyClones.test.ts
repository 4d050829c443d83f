import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { linkedClone, linkedClones } from '../../src/plan/linkedClone';
import { remove } from '../../src/plan/remove';
import { methods } from '../../src/plan/machine';
import { volumeTools } from '../../src/plan/overlay';
import { succeeded } from '../../src/run/ended';
import { cutOff, remaining } from '../../src/run/journal';
import { PartsFailure, PlanFailure } from '../../src/run/runPlan';
import { undoAll } from '../../src/run/undoAll';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('many linked clones', () => {
  let lab: Lab;
  let host: LabHost;
  let template: LabMachine;
  let hash: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    template = await lab.addTemplate('base');
    hash = await lab.hash(template.path);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.slice(-60).join('\n'));
    host.transcript.length = 0;
    assert.equal(await lab.hash(template.path), hash);
    for (const name of await domains()) {
      if (name === template.name) continue;
      await lab.virsh('destroy', name).catch(() => undefined);
      await lab.virsh('undefine', name);
    }
    for (const file of await files())
      if (file !== 'base.qcow2') await lab.virsh('vol-delete', '--pool', 'default', '--vol', file);
  });

  after(async () => {
    host.host.dispose();
    await lab.dispose();
  });

  it('are a hundred, all different, and boot', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `web-${String(index + 1).padStart(3, '0')}`);
    await host.runPiped(await planned(names));
    const { inventory } = await host.lineage();
    const clones = inventory.domains.filter(({ mark }) => mark?.kind === 'clone');
    assert.deepEqual(clones.map(({ name }) => name).sort(), names);
    for (const identities of [
      clones.map(({ uuid }) => uuid),
      clones.map(({ interfaces }) => interfaces[0]?.mac),
      clones.map(({ disks }) => disks[0]?.source),
    ])
      assert.equal(new Set(identities).size, 100);
    const booted = ['web-001', 'web-050', 'web-100'];
    for (const name of booted) await lab.virsh('start', name);
    const said = await Promise.all(booted.map((name) => lab.waitForReady(name, 120_000)));
    for (const text of said) assert.match(text, /READY boots=1/);
  });

  it('are made but for the one whose name somebody has taken meanwhile', async () => {
    const plan = await planned(['web-1', 'web-2', 'web-3']);
    const theirs = await lab.addMachine('web-2', { volume: 'theirs.qcow2' });
    const failure = await failed(host.runPiped(plan));
    assert.ok(failure instanceof PartsFailure, failure.message);
    assert.deepEqual(
      [failure.done, [...failure.failed.keys()], failure.skipped],
      [['web-1', 'web-3'], ['web-2'], []],
    );
    assert.match(failure.message, /Done: web-1, web-3\. web-2: .*already a virtual machine/);
    assert.deepEqual(await domains(), ['base', 'web-1', 'web-2', 'web-3']);
    assert.deepEqual(await files(), ['base.qcow2', 'theirs.qcow2', 'web-1.qcow2', 'web-3.qcow2']);
    assert.equal((await lab.find('web-2'))?.uuid, theirs.uuid);
  });

  it('keep what is whole when they are cancelled, and take back what is not', async () => {
    const plan = await planned(['web-1', 'web-2', 'web-3']);
    const controller = new AbortController();
    const onStep = ({ part, spec }: (typeof plan.steps)[number]) => {
      if (part === 'web-2' && spec.args.includes('define')) controller.abort();
    };
    const failure = await failed(host.runPiped(plan, { onStep }, controller.signal));
    assert.ok(failure instanceof PartsFailure && failure.cancelled, failure.message);
    assert.deepEqual([failure.done, failure.skipped], [['web-1'], ['web-3']]);
    assert.deepEqual(await files(), ['base.qcow2', 'web-1.qcow2']);
    assert.deepEqual(await domains(), ['base', 'web-1']);
  });

  it('stop at the first that fails where that is wished for', async () => {
    const plan = await planned(['web-1', 'web-2', 'web-3']);
    await lab.addMachine('web-1', { volume: 'theirs.qcow2' });
    const failure = await failed(host.runPiped({ ...plan, stopAtFirst: true }));
    assert.ok(failure instanceof PartsFailure);
    assert.deepEqual([failure.done, failure.skipped], [[], ['web-2', 'web-3']]);
  });

  it('are made side by side by virt-clone', async () => {
    const lineage = await host.lineage();
    const answers = await host.answers('base', lineage, { method: 'virt-clone' });
    const names = ['web-1', 'web-2', 'web-3'];
    await host.runPiped(linkedClones(answers, names, lineage), { sideBySide: 3 });
    const clones = (await host.lineage()).inventory.domains.filter(({ name }) => names.includes(name));
    assert.equal(new Set(clones.map(({ interfaces }) => interfaces[0]?.mac)).size, 3);
  });

  for (const [volumeTool, method] of methods.flatMap((each) =>
    volumeTools.map((tool) => [tool, each] as const),
  )) {
    it(`of one name at once are one: ${method} on ${volumeTool}`, async () => {
      const lineage = await host.lineage();
      const plans = await Promise.all(
        [1, 2].map(async () =>
          linkedClone(await host.answers('base', lineage, { name: 'same', method, volumeTool }), lineage),
        ),
      );
      // As in two windows: each has a virsh of its own.
      const results = await Promise.allSettled(plans.map((plan) => host.runPiped(plan)));
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      const lost = results.find((result) => result.status === 'rejected');
      assert.ok(lost?.reason instanceof PlanFailure, String(lost?.reason));
      assert.deepEqual([lost.reason.undone, lost.reason.left], [[], []]);
      assert.match(lost.reason.message, /already a (file .*same\.qcow2|virtual machine called "same")\./);
      const now = await host.lineage();
      const winner = now.inventory.domains.find(({ name }) => name === 'same');
      assert.ok(winner);
      assert.deepEqual(now.imagesOf(winner), [path.join(lab.poolDir, 'same.qcow2')]);
      assert.equal(now.parentOf(winner)?.name, 'base');
      assert.deepEqual(await files(), ['base.qcow2', 'same.qcow2']);
      await host.run(remove(winner, now).plan);
    });
  }

  it('that were cut off with their process are found, taken back, and finished', async () => {
    const journals = path.join(lab.dir, 'runs');
    const child = path.join(import.meta.dirname, '../support/cutOffRun.ts');
    const result = await execa(process.execPath, ['--import', 'tsx', child, journals], {
      env: lab.env,
      extendEnv: false,
      reject: false,
      all: true,
    });
    assert.equal(result.signal, 'SIGKILL', result.all);
    assert.deepEqual(await files(), ['base.qcow2', 'web-1.qcow2', 'web-2.qcow2'], 'the second is half made');

    const [run, ...others] = await cutOff(journals);
    assert.ok(run !== undefined && others.length === 0);
    assert.deepEqual([...run.done], ['web-1']);
    const { uri, run: ask, local } = host.host;
    const execute = async (spec: Parameters<typeof ask>[0]) => {
      await ask(spec);
      return succeeded;
    };
    const means = { uri, run: ask, local, execute, reserve: () => Promise.resolve(false) };
    const undone = await undoAll(run.undos, means);
    assert.deepEqual([undone.undone.length, undone.left], [1, []]);
    assert.deepEqual(await files(), ['base.qcow2', 'web-1.qcow2'], 'what is whole stays');
    await host.runPiped(remaining(run));
    assert.deepEqual(await domains(), ['base', 'web-1', 'web-2', 'web-3']);
  });

  async function planned(names: readonly string[]) {
    const lineage = await host.lineage();
    return linkedClones(await host.answers('base', lineage, { method: 'define' }), names, lineage);
  }

  async function domains(): Promise<string[]> {
    const lines = (await lab.virsh('list', '--all', '--name')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').sort();
  }

  async function files(): Promise<string[]> {
    await lab.virsh('pool-refresh', 'default');
    return (await readdir(lab.poolDir)).sort();
  }
});

async function failed(run: Promise<void>): Promise<Error> {
  const error: unknown = await run.then(
    () => assert.fail('it must fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return error;
}
