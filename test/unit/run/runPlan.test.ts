import assert from 'node:assert/strict';
import { CommandError } from '../../../src/host/errors';
import { linkedClone } from '../../../src/plan/linkedClone';
import type { Plan, Step } from '../../../src/plan/plan';
import { PartsFailure, PlanFailure, runPlan, type Means } from '../../../src/run/runPlan';
import { undoAll } from '../../../src/run/undoAll';
import { disk, domain, lineage, pool, uri, uuid, volume } from '../builders';
import { factsOf } from '../plan/cloneWorld';
import { plan } from '../plan/plans';
import { FakeHost } from './fakeHost';

async function failureOf(made: Plan, means: Means, signal?: AbortSignal): Promise<PlanFailure> {
  try {
    await runPlan(made, means, signal);
  } catch (error) {
    if (error instanceof PlanFailure) return error;
    throw error;
  }
  throw new Error('the plan was carried out');
}

/** A step of virsh; its title is its command. */
function step(command: string, rest: Partial<Step> = {}): Step {
  return { title: command, spec: { file: 'virsh', args: ['--connect', uri, command] }, ...rest };
}

const base = '/p/base';
const made = '/p/web.qcow2';
const image = { path: made, format: 'qcow2' };

/** A linked clone by virt-clone on a fresh host; `createOverlay` and `clone` may be replaced. */
function cloneOnFreshHost(volumeTool: 'vol-create-as' | 'qemu-img' = 'vol-create-as', start = false) {
  const host = new FakeHost();
  host.volumes.set(base, {});
  const createOverlay = () => {
    host.volumes.set(made, { backing: base, recorded: 'qcow2' });
    return 0;
  };
  host.effects.set('virsh vol-create-as', createOverlay);
  host.effects.set('qemu-img create', createOverlay);
  host.effects.set('virt-clone', () => {
    host.domains.set('web', { uuid: uuid(7), images: [image] });
    return 0;
  });
  const template = domain(1, 'template', [disk(base)]);
  const answers = {
    template,
    facts: factsOf(template),
    name: 'web',
    method: 'virt-clone',
    volumeTool,
    pool: undefined,
    capacity: undefined,
    memory: undefined,
    vcpus: undefined,
    osinfo: undefined,
    networks: undefined,
    mac: undefined,
    drives: 'keep',
    seed: 'seed',
    start,
  } as const;
  return { host, clone: linkedClone(answers, lineage([pool('p', '/p', [volume(base)])], [template])) };
}

/** The first words of what ran. */
const verbs = (host: FakeHost) =>
  host.ran.map((line) =>
    line
      .split(' ')
      .slice(0, line.startsWith('virsh') ? 2 : 1)
      .join(' '),
  );

describe('run/runPlan', () => {
  it('runs the steps in their order and tells of each before it runs', async () => {
    const host = new FakeHost();
    const told: string[] = [];
    await runPlan(
      plan([step('one'), step('two'), step('three')]),
      host.means({ onStep: ({ title }) => told.push(`${title} after ${host.ran.length}`) }),
    );
    assert.deepEqual(host.ran, ['virsh one', 'virsh two', 'virsh three']);
    assert.deepEqual(told, ['one after 0', 'two after 1', 'three after 2']);
  });

  for (const tool of ['vol-create-as', 'qemu-img'] as const) {
    it(`carries out a linked clone with ${tool}`, async () => {
      const { host, clone } = cloneOnFreshHost(tool);
      await runPlan(clone, host.means());
      assert.deepEqual([...host.volumes.keys()], [base, made]);
      assert.deepEqual([...host.domains.keys()], ['web']);
      assert.ok(host.asked.includes(`header ${made}`));
    });
  }

  it('stops at a step that fails, and says which and why', async () => {
    const host = new FakeHost();
    host.effects.set('virsh two', () => 3);
    const failure = await failureOf(plan([step('one'), step('two'), step('three')]), host.means());
    assert.deepEqual(host.ran, ['virsh one', 'virsh two']);
    assert.deepEqual(
      [failure.step.title, failure.cancelled, failure.undone, failure.left],
      ['two', false, [], []],
    );
    assert.match(failure.message, /"two" failed: .*exit code 3/);
    assert.match(failure.message, /Nothing had to be undone/);
  });

  it('takes a command that was ended for a failure, whatever it did', async () => {
    const { host, clone } = cloneOnFreshHost();
    host.effects.set('virt-clone', () => undefined);
    const failure = await failureOf(clone, host.means());
    assert.match(failure.message, /virt-clone was ended/);
    assert.deepEqual([...host.volumes.keys()], [base]);
  });

  it('reports what the terminal throws', async () => {
    const host = new FakeHost();
    const means = host.means({ execute: () => Promise.reject(new Error('no tasks here')) });
    assert.match((await failureOf(plan([step('one')]), means)).message, /no tasks here/);
  });

  it('undoes in reverse when a command fails', async () => {
    const { host, clone } = cloneOnFreshHost('vol-create-as', true);
    host.effects.set('virsh start', () => 1);
    const failure = await failureOf(clone, host.means());
    assert.deepEqual(verbs(host).slice(-3), ['virsh start', 'virsh undefine', 'virsh vol-delete']);
    assert.deepEqual([[...host.volumes.keys()], [...host.domains.keys()]], [[base], []]);
    assert.equal(failure.undone.length, 2);
    assert.match(failure.undone[0] ?? '', /web was removed/);
    assert.match(failure.undone[1] ?? '', /web.qcow2 was deleted/);
    assert.deepEqual(failure.left, []);
  });

  it('undoes in reverse when a verification fails, though every command said 0', async () => {
    const { host, clone } = cloneOnFreshHost();
    host.effects.set('virt-clone', () => {
      host.domains.set('web', { uuid: uuid(7), images: [{ path: made, format: 'raw' }] });
      return 0;
    });
    const failure = await failureOf(clone, host.means());
    assert.match(failure.message, /reads \/p\/web.qcow2 as raw, not as qcow2/);
    assert.deepEqual([[...host.volumes.keys()], [...host.domains.keys()]], [[base], []]);
    assert.ok(!verbs(host).includes('virsh metadata'));
  });

  it('deletes an overlay that stands on the right base but records the wrong format', async () => {
    const { host, clone } = cloneOnFreshHost();
    host.effects.set('virsh vol-create-as', () => {
      host.volumes.set(made, { backing: base, recorded: 'raw' });
      return 0;
    });
    const failure = await failureOf(clone, host.means());
    assert.match(failure.message, /records the format raw/);
    assert.deepEqual([...host.volumes.keys()], [base]);
  });

  it('switches a machine off before it removes it', async () => {
    const { host, clone } = cloneOnFreshHost('vol-create-as', true);
    host.effects.set('virsh start', () => {
      host.domains.set('web', { uuid: uuid(7), images: [image], state: 1 });
      return 1;
    });
    await failureOf(clone, host.means());
    assert.deepEqual(verbs(host).slice(-3), ['virsh destroy', 'virsh undefine', 'virsh vol-delete']);
    assert.ok(host.ran.includes(`virsh undefine --domain ${uuid(7)}`));
  });

  describe('when it is cancelled', () => {
    it('runs nothing when that happened before', async () => {
      const { host, clone } = cloneOnFreshHost();
      const failure = await failureOf(clone, host.means(), AbortSignal.abort());
      assert.deepEqual([host.ran, failure.cancelled], [[], true]);
      assert.match(failure.message, /^Cancelled at the step/);
    });

    it('undoes what was done when it happens in the middle of a command', async () => {
      const { host, clone } = cloneOnFreshHost();
      const abort = new AbortController();
      host.effects.set('virt-clone', () => {
        host.domains.set('web', { uuid: uuid(7), images: [image] });
        abort.abort();
        return undefined;
      });
      const failure = await failureOf(clone, host.means(), abort.signal);
      assert.equal(failure.cancelled, true);
      assert.equal(failure.step.spec.file, 'virt-clone');
      assert.deepEqual([[...host.volumes.keys()], [...host.domains.keys()]], [[base], []]);
    });

    it('undoes also the step that had just ended well', async () => {
      const { host, clone } = cloneOnFreshHost();
      const abort = new AbortController();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: base });
        abort.abort();
        return 0;
      });
      await failureOf(clone, host.means(), abort.signal);
      assert.deepEqual([...host.volumes.keys()], [base]);
      assert.ok(!verbs(host).includes('virt-clone'));
    });

    it('undoes an atomic step that was ended in the middle: nobody knows how far it came', async () => {
      const { host, clone } = cloneOnFreshHost();
      const abort = new AbortController();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: base });
        abort.abort();
        return undefined;
      });
      await failureOf(clone, host.means(), abort.signal);
      assert.deepEqual([...host.volumes.keys()], [base]);
    });

    it('leaves what a lost race has not made to the winner, also when it is cancelled at that moment', async () => {
      const { host, clone } = cloneOnFreshHost();
      const abort = new AbortController();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: base });
        abort.abort();
        return 1;
      });
      const failure = await failureOf(clone, host.means(), abort.signal);
      assert.deepEqual([failure.undone, failure.left, failure.cancelled], [[], [], true]);
      assert.deepEqual([...host.volumes.keys()], [base, made]);
    });

    it('hands the signal on to its questions', async () => {
      const { host, clone } = cloneOnFreshHost();
      const { run } = host.means();
      const { signal } = new AbortController();
      const missed: string[] = [];
      const means = host.means({
        run: (spec, options) => {
          if (options?.signal !== signal) missed.push(spec.args.join(' '));
          return run(spec);
        },
      });
      await runPlan(clone, means, signal);
      assert.deepEqual(missed, []);
      assert.ok(host.asked.length > 0);
    });

    it('does not hand the signal on to what it undoes', async () => {
      const { host, clone } = cloneOnFreshHost();
      const abort = new AbortController();
      const signals: boolean[] = [];
      const { execute } = host.means();
      host.effects.set('virt-clone', () => (abort.abort(), undefined));
      const means = host.means({
        execute: (spec, title, signal) => {
          if (spec.args.includes('vol-delete')) signals.push(signal?.aborted === true);
          return execute(spec, title, signal);
        },
      });
      await failureOf(clone, means, abort.signal);
      assert.deepEqual(signals, [false]);
    });
  });

  describe('touches only what the run has made', () => {
    it('leaves a volume alone whose creation failed because there was one', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.volumes.set(made, { backing: base });
      host.effects.set('virsh vol-create-as', () => 1);
      const failure = await failureOf(clone, host.means());
      assert.deepEqual([failure.undone, [...host.volumes.keys()]], [[], [base, made]]);
    });

    it('says of a lost race whose the file is', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: base });
        return 1;
      });
      assert.match((await failureOf(clone, host.means())).message, /already a file \/p\/web.qcow2/);
    });

    it('leaves a volume alone that somebody’s machine uses, where nobody can tell who has made it', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: base });
        host.domains.set('web', { uuid: uuid(9), images: [image] });
        return { exitCode: undefined, cause: 'the connection went' };
      });
      const failure = await failureOf(clone, host.means());
      assert.match(failure.message, /the connection went/);
      assert.deepEqual([failure.undone, failure.left], [[], []]);
      assert.deepEqual([...host.volumes.keys()], [base, made]);
    });

    it('deletes a volume that came about while the connection went', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: base });
        return { exitCode: undefined, cause: 'the connection went' };
      });
      await failureOf(clone, host.means());
      assert.deepEqual([...host.volumes.keys()], [base]);
    });

    it('leaves a machine alone that has another UUID than the one it defines', async () => {
      const host = new FakeHost();
      host.domains.set('web', { uuid: uuid(9), images: [image] });
      const undo = { kind: 'undefineDomain', name: 'web', image: made, uuid: uuid(7) } as const;
      assert.deepEqual(await undoAll([undo], host.means()), { undone: [], left: [], unreached: false });
      assert.deepEqual([...host.domains.keys()], ['web']);
      await undoAll([{ ...undo, uuid: uuid(9) }], host.means());
      assert.deepEqual([...host.domains.keys()], []);
    });

    it('never lets qemu-img write over a file', async () => {
      const { host, clone } = cloneOnFreshHost('qemu-img');
      host.volumes.set(made, { backing: base });
      const failure = await failureOf(clone, host.means());
      assert.match(failure.message, /already a file \/p\/web.qcow2/);
      assert.ok(!verbs(host).includes('qemu-img'));
      assert.deepEqual([...host.volumes.keys()], [base, made]);
    });

    it('refreshes the pool before it looks for what qemu-img made, and deletes it', async () => {
      const { host, clone } = cloneOnFreshHost('qemu-img');
      host.effects.set('qemu-img create', () => {
        host.volumes.set(made, { backing: base });
        return 1;
      });
      await failureOf(clone, host.means());
      const looks = host.asked.map((line) => line.split(' ')[1]);
      // Before the step: is there one already? After it failed: what did it leave, and does anybody use it?
      assert.deepEqual(looks, ['vol-dumpxml', 'pool-refresh', 'vol-dumpxml', 'domstats']);
      assert.deepEqual([...host.volumes.keys()], [base]);
    });

    it('leaves a foreign domain of the same name alone', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.domains.set('web', { uuid: uuid(9), images: [{ path: '/p/theirs', format: 'qcow2' }] });
      host.effects.set('virt-clone', () => 1);
      const failure = await failureOf(clone, host.means());
      assert.deepEqual([...host.domains.keys()], ['web']);
      assert.deepEqual([...host.volumes.keys()], [base]);
      assert.equal(failure.undone.length, 1);
    });

    it('leaves a foreign volume at the same path alone', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.effects.set('virsh vol-create-as', () => {
        host.volumes.set(made, { backing: '/p/their base' });
        return 0;
      });
      const failure = await failureOf(clone, host.means());
      assert.match(failure.message, /stands on \/p\/their base/);
      assert.deepEqual([failure.undone, [...host.volumes.keys()]], [[], [base, made]]);
    });

    it('has nothing to undo where nothing was made', async () => {
      const { host, clone } = cloneOnFreshHost();
      host.effects.set('virt-clone', () => 1);
      const failure = await failureOf(clone, host.means());
      assert.deepEqual(failure.undone.length, 1); // the overlay; there is no domain
      assert.ok(!verbs(host).includes('virsh undefine'));
    });
  });

  describe('writes down', () => {
    it('before a step what it may make, and afterwards that it made nothing', async () => {
      const { host, clone } = cloneOnFreshHost();
      const written: string[] = [];
      host.effects.set('virsh vol-create-as', () => (written.push('runs'), 1));
      await failureOf(
        clone,
        host.means({
          onUndo: ({ kind }) => Promise.resolve(void written.push(`may make: ${kind}`)),
          onOver: ({ kind }) => Promise.resolve(void written.push(`over: ${kind}`)),
        }),
      );
      assert.deepEqual(written, ['may make: deleteVolume', 'runs', 'over: deleteVolume']);
    });

    it('what is taken back, but not what is left', async () => {
      const { host, clone } = cloneOnFreshHost('vol-create-as', true);
      host.effects.set('virsh start', () => 1);
      host.effects.set('virsh vol-delete', () => 1);
      const over: string[] = [];
      await failureOf(clone, host.means({ onOver: ({ kind }) => Promise.resolve(void over.push(kind)) }));
      assert.deepEqual(over, ['undefineDomain']);
    });

    it('nothing and leaves nothing, where that cannot be written', async () => {
      const { host, clone } = cloneOnFreshHost('qemu-img');
      const reserve = (path: string) => {
        host.volumes.set(path, { format: 'raw' });
        return Promise.resolve(true);
      };
      const onUndo = () => Promise.reject(new Error('no room for a journal'));
      const failure = await failureOf(clone, host.means({ reserve, onUndo }));
      assert.match(failure.message, /no room for a journal/);
      assert.ok(!verbs(host).includes('qemu-img'));
      assert.deepEqual([...host.volumes.keys()], [base]);
    });

    it('in vain that a part is whole: the others go on', async () => {
      const host = new FakeHost();
      const parts = ['a', 'b', 'c'].map((part) => step(part, { part }));
      const onDone = () => Promise.reject(new Error('disk full'));
      await runPlan(plan(parts), host.means({ onDone, sideBySide: 2 }));
      assert.deepEqual(host.ran, ['virsh a', 'virsh b', 'virsh c']);
    });
  });

  describe('of several machines', () => {
    const three = ['a', 'b', 'c'].map((part) => step(part, { part }));

    it('makes the others when one fails, unless the plan says to stop', async () => {
      for (const [stopAtFirst, ran] of [
        [false, 3],
        [true, 1],
      ] as const) {
        const host = new FakeHost();
        host.effects.set('virsh a', () => 1);
        await assert.rejects(runPlan({ ...plan(three), stopAtFirst }, host.means()), PartsFailure);
        assert.equal(host.ran.length, ran);
      }
    });

    it('tells that the host is not reached also of what came after them', async () => {
      const host = new FakeHost();
      const end = { kind: 'restore', title: 'back', done: 'back', specs: [step('back').spec] } as const;
      host.effects.set('virsh after', () => 1);
      host.effects.set('virsh back', () => undefined);
      const whole = plan([step('before', { undo: end }), ...three, step('after')]);
      const failure: unknown = await runPlan(whole, host.means()).catch((error: unknown) => error);
      assert.ok(failure instanceof PartsFailure);
      assert.deepEqual([failure.failed.size, failure.unreached], [0, true]);
    });
  });

  describe('waits for a pool that another run has', () => {
    const pool = (uuid: string) =>
      step('pool-create', { atomic: true, undo: { kind: 'endPool', name: 'around', uuid } });
    const poolOf = (uuid: string) => plan([pool(uuid)]);

    it('until that ends it, also when the other was faster by a moment', async () => {
      const host = new FakeHost();
      host.pools.set('around', uuid(1));
      let attempts = 0;
      host.effects.set('virsh pool-create', () => {
        if (++attempts === 2) return 0;
        host.pools.set('around', uuid(2));
        setTimeout(() => host.pools.clear(), 50);
        return 1;
      });
      setTimeout(() => host.pools.clear(), 50);
      await runPlan(poolOf(uuid(3)), host.means());
      assert.equal(attempts, 2);
    });

    it('but not for ever, and not when it is cancelled', async () => {
      const host = new FakeHost();
      host.pools.set('around', uuid(1));
      const failure = await failureOf(poolOf(uuid(3)), host.means({ patienceMs: 1 }));
      assert.match(failure.message, /Another run is using the pool around.*pool-destroy around/);
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 50);
      assert.equal((await failureOf(poolOf(uuid(3)), host.means(), abort.signal)).cancelled, true);
      assert.deepEqual([host.ran, host.pools.size], [[], 1]);
    });
  });

  describe('lists what it could not undo', () => {
    it('with all commands from the one that failed', async () => {
      const { host, clone } = cloneOnFreshHost('vol-create-as', true);
      host.effects.set('virsh start', () => {
        host.domains.set('web', { uuid: uuid(7), images: [image], state: 1 });
        return 1;
      });
      host.effects.set('virsh destroy', () => 1);
      assert.deepEqual(
        (await failureOf(clone, host.means())).left.map((line) => line.split(' ')[3]),
        ['destroy', 'undefine', 'vol-delete'],
      );
    });

    it('and tells a host that went away meanwhile from a command that failed', async () => {
      for (const [end, unreached] of [
        [undefined, true],
        [1, false],
      ] as const) {
        const { host, clone } = cloneOnFreshHost();
        host.effects.set('virt-clone', () => 1);
        host.effects.set('virsh vol-delete', () => end);
        const failure = await failureOf(clone, host.means());
        assert.deepEqual([failure.unreached, failure.left.length], [unreached, 1]);
        assert.match(failure.message, unreached ? /the host is not reached/ : /by hand/);
      }
    });

    it('with the command that does it, and never deletes an image under a machine that stays', async () => {
      const { host, clone } = cloneOnFreshHost('vol-create-as', true);
      host.effects.set('virsh start', () => 1);
      host.effects.set('virsh undefine', () => 1);
      const failure = await failureOf(clone, host.means());
      assert.deepEqual(failure.left, [
        `virsh --connect ${uri} undefine --domain ${uuid(7)}`,
        `virsh --connect ${uri} vol-delete --vol ${made}`,
      ]);
      assert.deepEqual(failure.undone, []);
      assert.deepEqual([...host.volumes.keys()], [base, made]);
      assert.match(failure.message, /by hand: virsh .*undefine/);
    });

    it('also where the host cannot be asked any more', async () => {
      const { host, clone } = cloneOnFreshHost();
      const dead = new CommandError('unreachable', { file: 'virsh', args: [] }, 1, 'error: lost');
      host.effects.set('virt-clone', () => 1);
      const { run } = host.means();
      const means = host.means({
        run: (spec) =>
          host.ran.some((line) => line.startsWith('virt-clone')) ? Promise.reject(dead) : run(spec),
      });
      const failure = await failureOf(clone, means);
      assert.deepEqual(failure.undone, []);
      assert.equal(failure.left.length, 2);
      assert.match(failure.left.join(), /web.*\/p\/web.qcow2/);
    });
  });
});
