import assert from 'node:assert/strict';
import { startedBases } from '../../../src/lineage/startedBases';
import { guardDomain, guardImage, InUse } from '../../../src/plan/guard';
import { disk, domain, lineage, overlay, pool, thrownBy, uri, volume } from '../builders';

const volumes = [
  volume('/p/base'),
  overlay('/p/a', '/p/base'),
  overlay('/p/b', '/p/base'),
  overlay('/p/a1', '/p/a'),
];
const template = domain(1, 'template', [disk('/p/base')]);
const clones = [domain(2, 'clone', [disk('/p/a')]), domain(3, 'grandchild', [disk('/p/a1')])];
const found = lineage([pool('p', '/p', volumes)], [template, ...clones]);

describe('plan/guard', () => {
  for (const act of [
    'deleteVolume',
    'resize',
    'rename',
    'commit',
    'snapshot',
    'detachWithStorage',
  ] as const) {
    it(`refuses to ${act} a base, and names and counts who stands on it, off or without a machine`, () => {
      const error = thrownBy(() => guardImage(act, '/p/base', found));
      assert.ok(error instanceof InUse);
      assert.match(error.message, /base .*clone, b, grandchild \(images: 3/);
      assert.deepEqual([error.uri, error.dependants.map((one) => one.volume.name)], [uri, ['a', 'b', 'a1']]);
      guardImage(act, '/p/b', found);
    });
  }

  for (const act of ['start', 'resume', 'delete', 'generalise', 'free', 'snapshot', 'reset'] as const) {
    it(`refuses to ${act} a machine whose disk is a base`, () => {
      assert.match(
        thrownBy(() => guardDomain(act, template, found)).message,
        /template .*clone, b, grandchild/,
      );
      guardDomain(act, clones[1] ?? assert.fail(), found);
    });
  }

  for (const rest of [{ shareable: true }, { device: 'lun' }]) {
    const what = Object.keys(rest).join();
    const sharing = domain(4, 'sharing', [disk('/p/own'), disk('/p/base', rest)]);
    const all = lineage([pool('p', '/p', volumes)], [sharing]);

    it(`refuses to start a machine whose disk is a base, also with ${what}`, () => {
      for (const act of ['start', 'resume', 'generalise'] as const)
        assert.match(thrownBy(() => guardDomain(act, sharing, all)).message, /sharing .*a, b, a1/);
    });

    it(`sees that it runs, also with ${what}`, () => {
      const running = { ...sharing, state: 'running' } as const;
      const bases = startedBases(lineage([pool('p', '/p', volumes)], [running]));
      assert.deepEqual(
        bases.map((base) => base.domain.name),
        ['sharing'],
      );
    });
  }

  it('lets a machine be deleted whose shared disk is a base, since that stays', () => {
    const sharing = domain(4, 'sharing', [disk('/p/own'), disk('/p/base', { shareable: true })]);
    guardDomain('delete', sharing, lineage([pool('p', '/p', volumes)], [sharing]));
  });

  it('lets an overlay be committed into a base on which nobody else stands', () => {
    assert.match(
      thrownBy(() => guardImage('commit', '/p/base', found, new Set(['/p/a', '/p/a1']))).message,
      /of b /,
    );
    guardImage('commit', '/p/a', found, new Set(['/p/a1']));
  });

  it('keeps its message short where there are many', () => {
    const many = Array.from({ length: 50 }, (_, number) => overlay(`/p/o${number}`, '/p/base'));
    const crowd = lineage([pool('p', '/p', [volume('/p/base'), ...many])], [template]);
    const { message } = thrownBy(() => guardDomain('start', template, crowd));
    assert.match(message, /o0, o1, .*, … \(images: 50/);
    assert.ok(message.length < 300, message);
  });
});

describe('lineage/startedBases', () => {
  const state = (name: string) => {
    const domains = [template, ...clones].map((one) =>
      one.name === name ? ({ ...one, state: 'running' } as const) : one,
    );
    return startedBases(lineage([pool('p', '/p', volumes)], domains)).map((base) => base.domain.name);
  };

  it('finds who runs although others stand on it', () => {
    assert.deepEqual([state('template'), state('clone')], [['template'], ['clone']]);
  });

  it('says nothing of who gets the base with its next start alone', () => {
    const later = { ...domain(9, 'later', []), state: 'running', nextDisks: template.disks } as const;
    const found = startedBases(lineage([pool('p', '/p', volumes)], [later, ...clones]));
    assert.deepEqual(found, []);
  });

  it('says nothing of the last in a line, nor of what is off', () => {
    assert.deepEqual([state('grandchild'), state('nobody')], [[], []]);
  });
});
