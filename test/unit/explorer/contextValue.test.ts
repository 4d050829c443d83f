import assert from 'node:assert/strict';
import {
  domainContext,
  flags,
  hostContext,
  poolContext,
  problemContext,
  snapshotContext,
  volumeContext,
} from '../../../src/explorer/contextValue';
import type { Domain, DomainState } from '../../../src/host/domain';
import { findingSentences } from '../../../src/words/health';
import { disk, domain, lineage, overlay, pool, volume } from '../builders';

describe('explorer/contextValue', () => {
  it('is made of the known flags', () => {
    assert.equal(new Set(flags).size, flags.length);
    for (const flag of flags) assert.match(flag, /^[a-zA-Z0-9]+$/);
  });

  it('of hosts and pools', () => {
    const contexts = [hostContext(true, false), hostContext(false, false), hostContext(false, true)];
    assert.deepEqual(contexts, ['host connected', 'host', 'host canAsk']);
    const one = pool('p', '/p', []);
    assert.deepEqual([poolContext(one), poolContext({ ...one, active: false })], ['pool active', 'pool']);
  });

  it('of volumes', () => {
    const volumes = {
      base: volume('/p/base'),
      middle: overlay('/p/middle', '/p/base'),
      top: overlay('/p/top', '/p/middle'),
      raw: volume('/p/raw', { format: 'raw' }),
      lv: volume('/dev/vg/lv', { type: 'block', format: 'raw' }),
      iso: volume('/p/cd.iso', { format: 'iso' }),
      used: volume('/p/used'),
    };
    const user = domain(1, 'user', [disk('/p/used')]);
    const found = lineage([pool('p', '/p', Object.values(volumes))], [user]);
    const contexts = Object.entries(volumes).map(([name, one]) => [name, volumeContext(one, found)]);
    assert.deepEqual(contexts, [
      ['base', 'volume file qcow2 base'],
      ['middle', 'volume file qcow2 base overlay'],
      ['top', 'volume file qcow2 overlay'],
      ['raw', 'volume file'],
      ['lv', 'volume'],
      ['iso', 'volume file iso'],
      ['used', 'volume file qcow2 used'],
    ]);
  });

  it('of snapshots', () => {
    const inside = { name: 's', images: [] };
    const outside = { ...inside, made: ['/p/s'], current: true };
    assert.deepEqual(
      [snapshotContext(inside), snapshotContext(outside)],
      ['snapshot', 'snapshot external current'],
    );
  });

  const states: readonly [DomainState, string][] = [
    ['running', 'domain running persistent'],
    ['blocked', 'domain running persistent'],
    ['shutdown', 'domain running persistent'],
    ['pmsuspended', 'domain running deaf persistent'],
    ['paused', 'domain paused persistent'],
    ['shutoff', 'domain shutoff persistent'],
    // Both may have a process: what has one is switched off by force first.
    ['crashed', 'domain running deaf persistent'],
    ['nostate', 'domain running persistent'],
  ];
  for (const [state, context] of states) {
    it(`of a machine that is ${state}`, () => {
      const one = domain(1, 'a', [], { state });
      assert.equal(domainContext(one, lineage([], [one]), false), context);
    });
  }

  const base = [volume('/p/a'), overlay('/p/b', '/p/a')];
  const original = domain(1, 'a', [disk('/p/a')]);
  const kinds: readonly [string, Domain, boolean, string][] = [
    [
      'a transient machine',
      domain(9, 'x', [], { state: 'running', persistent: false }),
      false,
      'domain running',
    ],
    ['a template in use', original, true, 'domain shutoff persistent template inUse'],
    ['a template nobody uses', domain(9, 'x', []), true, 'domain shutoff persistent template'],
    ['a clone by its lineage', domain(2, 'b', [disk('/p/b')]), false, 'domain shutoff persistent clone'],
    [
      'a clone by its mark',
      domain(9, 'x', [], { mark: { kind: 'clone', of: undefined } }),
      false,
      'domain shutoff persistent clone',
    ],
    [
      'a machine whose memory is saved, and one that is started with its host',
      domain(9, 'x', [], {
        baggage: { autostart: true, managedSave: true, checkpoints: false, snapshots: [] },
      }),
      false,
      'domain shutoff persistent saved autostart',
    ],
    [
      'a machine whose boot log is kept',
      domain(9, 'x', [], { bootLog: '/log' }),
      false,
      'domain shutoff persistent logged',
    ],
    [
      'a clone that is a template',
      domain(2, 'b', [disk('/p/b')], { mark: { kind: 'template' } }),
      true,
      'domain shutoff persistent clone template marked',
    ],
  ];
  for (const [what, one, template, context] of kinds) {
    it(`of ${what}`, () => {
      const domains = one === original ? [one] : [original, one];
      assert.equal(domainContext(one, lineage([pool('p', '/p', base)], domains), template), context);
    });
  }
});

describe('explorer/contextValue of a problem', () => {
  it('offers a template only of a machine: a writable base may have none', () => {
    const image = volume('/p/base');
    const found = { fault: 'baseWritable', severity: 'hint', image, base: undefined } as const;
    assert.equal(problemContext({ ...found, domain: domain(1, 'a', []) }), 'problem convertToTemplate');
    assert.equal(problemContext({ ...found, domain: undefined }), 'problem');
    assert.doesNotMatch(findingSentences({ ...found, domain: undefined }), /machine/);
  });
});
