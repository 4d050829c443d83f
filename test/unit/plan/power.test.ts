import assert from 'node:assert/strict';
import type { DomainState } from '../../../src/host/domain';
import { InUse } from '../../../src/plan/guard';
import {
  forceOff,
  reboot,
  resume,
  shutdown,
  start,
  suspend,
  together,
  type ShutdownMode,
} from '../../../src/plan/power';
import { disk, domain, lineage, overlay, pool, thrownBy, uri, uuid, volume } from '../builders';
import { argv, refusalOf } from './plans';

const world = (state: DomainState, name = 'web') => {
  const one = domain(1, name, [disk('/p/a')], { state });
  return { one, found: lineage([pool('p', '/p', [volume('/p/a')])], [one]) };
};

describe('plan/power', () => {
  const verbs = { start, shutdown, forceOff };
  const states: readonly [DomainState, boolean][] = [
    ['running', true],
    ['blocked', true],
    ['paused', true],
    ['shutdown', true],
    ['pmsuspended', true],
    ['shutoff', false],
    ['crashed', true],
  ];
  for (const [state, active] of states) {
    for (const [verb, plan] of Object.entries(verbs)) {
      const possible = (verb === 'start') !== active;
      it(`${verb} is ${possible ? 'possible' : 'refused'} for a machine that is ${state}`, () => {
        const { one, found } = world(state);
        if (possible) assert.equal(plan(one, found).steps.length, 1);
        else
          assert.match(
            refusalOf(() => plan(one, found)),
            active ? /already running/ : /not running/,
          );
      });
    }
  }

  for (const [state] of states) {
    for (const [verb, plan] of Object.entries({ reboot, suspend, resume })) {
      const possible =
        verb === 'resume'
          ? state === 'paused'
          : state !== 'shutoff' && (verb === 'reboot' || state !== 'paused');
      it(`${verb} is ${possible ? 'possible' : 'refused'} for a machine that is ${state}`, () => {
        const { one, found } = world(state);
        if (possible) assert.equal(plan(one, found).steps[0]?.spec.args[2], verb);
        else
          assert.match(
            refusalOf(() => plan(one, found)),
            /not running|already paused|not paused/,
          );
      });
    }
  }

  it('asks a guest to shut down as libvirt chooses, by ACPI, or by its agent where that is connected', () => {
    const { one, found } = world('running');
    const words = (mode: ShutdownMode, of = one) => argv(shutdown(of, found, mode))[0]?.slice(3);
    const plain = ['shutdown', '--domain', 'web'];
    assert.deepEqual(words('default'), plain);
    assert.deepEqual(words('acpi'), [...plain, '--mode', 'acpi']);
    assert.deepEqual(words('agent', { ...one, agent: true }), [...plain, '--mode', 'agent']);
    assert.match(
      refusalOf(() => shutdown(one, found, 'agent')),
      /No guest agent of web/,
    );
  });

  it('holds suspend and resume to what libvirt says afterwards', () => {
    const on = world('running');
    const still = world('paused');
    const expected = (paused: boolean) => ({ kind: 'state', domain: uuid(1), active: true, paused });
    assert.deepEqual(suspend(on.one, on.found).steps[0]?.verify, expected(true));
    assert.deepEqual(resume(still.one, still.found).steps[0]?.verify, expected(false));
  });

  it('does not let a paused template go on that others stand on', () => {
    const base = domain(1, 'base', [disk('/p/a')], { state: 'paused' });
    const clone = domain(2, 'web', [disk('/p/b')]);
    const found = lineage([pool('p', '/p', [volume('/p/a'), overlay('/p/b', '/p/a')])], [base, clone]);
    assert.match(
      refusalOf(() => resume(base, found)),
      /base of web/,
    );
  });

  const hostile = `it's "q" & <é> $(x)`;
  it('tells virsh the machine by its name, as it is', () => {
    const on = world('running', hostile);
    const off = world('shutoff', hostile);
    const command = (word: string) => [['virsh', '--connect', uri, word, '--domain', hostile]];
    assert.deepEqual(argv(start(off.one, off.found)), command('start'));
    assert.deepEqual(argv(shutdown(on.one, on.found)), command('shutdown'));
    // By UUID: a name may have passed to another machine by then.
    assert.deepEqual(argv(forceOff(on.one, on.found)), [
      ['virsh', '--connect', uri, 'destroy', '--domain', uuid(1)],
    ]);
  });

  for (const name of ['42', '-rf']) {
    it(`tells virsh ${name} by its UUID`, () => {
      const { one, found } = world('shutoff', name);
      assert.equal(argv(start(one, found))[0]?.at(-1), uuid(1));
    });
  }

  it('verifies that it runs, or is off; a guest that is asked to shut down may refuse', () => {
    const on = world('running');
    const off = world('shutoff');
    assert.deepEqual(start(off.one, off.found).steps[0]?.verify, {
      kind: 'state',
      domain: uuid(1),
      active: true,
    });
    assert.deepEqual(forceOff(on.one, on.found).steps[0]?.verify, {
      kind: 'state',
      domain: uuid(1),
      active: false,
    });
    assert.equal(shutdown(on.one, on.found).steps[0]?.verify, undefined);
  });

  it('refuses a name that VS Code would replace', () => {
    const { one, found } = world('shutoff', '${x}');
    assert.match(
      refusalOf(() => start(one, found)),
      /\$\{/,
    );
  });

  describe('of a base', () => {
    const template = domain(1, 'template', [disk('/p/a'), disk('/p/b', { target: 'vdb' })]);
    const volumes = [
      volume('/p/a'),
      volume('/p/b'),
      overlay('/p/a1', '/p/a'),
      overlay('/p/b1', '/p/b'),
      overlay('/p/a2', '/p/a1'),
      overlay('/p/nobody', '/p/a'),
    ];
    const clone = domain(2, 'clone', [disk('/p/a1'), disk('/p/b1', { target: 'vdb' })]);
    const cloneOfClone = domain(3, 'clone of clone', [disk('/p/a2')]);
    const found = lineage([pool('p', '/p', volumes)], [template, clone, cloneOfClone]);

    it('is refused, and names everything that stands on it, also what is switched off', () => {
      const why = refusalOf(() => start(template, found));
      for (const name of ['clone', 'clone of clone', 'nobody'])
        assert.match(why, new RegExp(`\\b${name}\\b`));
    });

    it('names a machine once that stands on several of its disks', () => {
      const why = refusalOf(() => start(template, found));
      const listed = why
        .replace(/^.*? the base of /, '')
        .replace(/ \(images.*$/, '')
        .split(/, /);
      assert.deepEqual(
        listed.filter((name) => name === 'clone'),
        ['clone'],
      );
    });

    it('is refused for a clone that others stand on, and possible for the last one', () => {
      assert.match(
        refusalOf(() => start(clone, found)),
        /the base of clone of clone\b/,
      );
      assert.equal(start(cloneOfClone, found).steps.length, 1);
    });
  });

  describe('of several machines', () => {
    const pair = [domain(11, 'a', [disk('/p/a')]), domain(12, 'b', [disk('/p/b')])];
    const volumes = [volume('/p/a'), volume('/p/b'), overlay('/p/c', '/p/b')];

    it('has a part for each', () => {
      const plan = together('Start', pair, lineage([pool('p', '/p', volumes.slice(0, 2))], pair), start);
      assert.deepEqual(
        plan.steps.map(({ part, spec }) => [part, spec.args.at(-1)]),
        [
          ['a', 'a'],
          ['b', 'b'],
        ],
      );
    });

    it('does nothing to any where one is refused', () => {
      const world = lineage([pool('p', '/p', volumes)], pair);
      assert.ok(thrownBy(() => together('Start', pair, world, start)) instanceof InUse);
    });
  });
});
