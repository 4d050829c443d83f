import assert from 'node:assert/strict';
import type { Dependant } from '../../../src/lineage/lineage';
import { cdrom, disk, domain, lineage, overlay, pool, volume } from '../builders';

const at = (name: string) => `/p/${name}`;
const paths = (dependants: readonly Dependant[]) => dependants.map(({ volume: { path } }) => path);
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

describe('lineage', () => {
  const levels = ['0', '1', '2', '3', '4', '5'].map(at);
  const deep = lineage(
    [
      pool('default', '/p', [
        volume(at('0')),
        ...levels.slice(1).map((path, i) => overlay(path, at(`${i}`))),
      ]),
    ],
    levels.map((path, number) => domain(number, `d${number}`, [disk(path)])),
  );

  it('follows a chain of depth 5, nearest first', () => {
    assert.deepEqual(deep.chain(at('5')), ['4', '3', '2', '1', '0'].map(at));
    assert.deepEqual(deep.chain(at('0')), []);
  });

  it('finds dependants at any depth, with the machines that use them', () => {
    assert.deepEqual(
      deep.dependantsOf(at('0')).map((dependant) => [dependant.volume.path, names(dependant.domains)]),
      [1, 2, 3, 4, 5].map((level) => [at(`${level}`), [`d${level}`]]),
    );
    assert.deepEqual(paths(deep.dependantsOf(at('4'))), [at('5')]);
    assert.deepEqual(deep.dependantsOf(at('5')), []);
  });

  it('knows clones of clones by the nearest machine below', () => {
    const [template, clone, cloneOfClone] = deep.inventory.domains;
    assert.ok(template && clone && cloneOfClone);
    assert.equal(deep.parentOf(template), undefined);
    assert.equal(deep.parentOf(clone)?.name, 'd0');
    assert.equal(deep.parentOf(cloneOfClone)?.name, 'd1');
    assert.deepEqual(names(deep.clonesOf(template)), ['d1']);
    assert.deepEqual(names(deep.clonesOf(clone)), ['d2']);
  });

  it('skips levels that no machine uses', () => {
    const found = lineage(
      [pool('default', '/p', [volume(at('a')), overlay(at('b'), at('a')), overlay(at('c'), at('b'))])],
      [domain(1, 'template', [disk(at('a'))]), domain(2, 'clone', [disk(at('c'))])],
    );
    assert.deepEqual(names(found.clonesOf(found.inventory.domains[0] ?? assert.fail())), ['clone']);
  });

  it('survives a loop', () => {
    const found = lineage(
      [
        pool('default', '/p', [
          overlay(at('a'), at('b')),
          overlay(at('b'), at('c')),
          overlay(at('c'), at('a')),
          overlay(at('self'), at('self')),
        ]),
      ],
      [domain(1, 'a', [disk(at('a'))]), domain(2, 'b', [disk(at('b'))])],
    );
    assert.deepEqual(found.chain(at('a')), [at('b'), at('c')]);
    assert.deepEqual(found.chain(at('self')), []);
    assert.deepEqual(paths(found.dependantsOf(at('a'))).sort(), [at('b'), at('c')]);
    assert.deepEqual(found.dependantsOf(at('self')), []);
    for (const one of found.inventory.domains) assert.notEqual(found.parentOf(one)?.uuid, one.uuid);
  });

  it('ends a chain at a level that no pool knows, which is its last entry', () => {
    const found = lineage([pool('default', '/p', [overlay(at('a'), '/elsewhere/b')])]);
    assert.deepEqual(found.chain(at('a')), ['/elsewhere/b']);
    assert.deepEqual(paths(found.dependantsOf('/elsewhere/b')), [at('a')]);
    assert.deepEqual(found.chain('/nowhere'), []);
  });

  it('finds dependants in other pools', () => {
    const found = lineage([
      pool('one', '/p', [volume(at('a'))]),
      pool('two', '/q', [overlay('/q/b', at('a'))]),
    ]);
    assert.deepEqual(paths(found.dependantsOf(at('a'))), ['/q/b']);
    assert.equal(found.poolOf(found.volume('/q/b') ?? assert.fail())?.name, 'two');
  });

  it('takes a file of two overlapping pools for one image', () => {
    const a = volume(at('a'));
    const b = overlay(at('b'), at('a'));
    const found = lineage([pool('one', '/p', [a, b]), pool('two', '/p', [a, b])]);
    assert.deepEqual(paths(found.dependantsOf(at('a'))), [at('b')]);
    assert.equal(found.poolOf(a)?.name, 'one');
  });

  describe('with a disk that is given as a volume', () => {
    const byVolume = (name: string, inPool = 'default') =>
      disk(undefined, { type: 'volume', volume: { pool: inPool, name } });
    const found = lineage(
      [pool('default', '/p', [volume(at('base')), overlay(at('top'), at('base'))])],
      [domain(1, 'template', [byVolume('base')]), domain(2, 'clone', [byVolume('top')])],
    );
    const [template, clone] = found.inventory.domains;
    assert.ok(template && clone);

    it('knows its path', () => {
      assert.deepEqual(found.imagesOf(template), [at('base')]);
      assert.deepEqual(names(found.usersOf(at('top'))), ['clone']);
    });

    it('guards it like any other', () => {
      assert.equal(found.parentOf(clone)?.name, 'template');
      assert.deepEqual(paths(found.dependantsOfDomain(template)), [at('top')]);
    });

    it('knows nothing of a pool or volume that is not there', () => {
      assert.equal(found.pathOf(byVolume('nothing')), undefined);
      assert.equal(found.pathOf(byVolume('base', 'other')), undefined);
    });
  });

  it('counts dependants of machines that are off, and overlays of no machine', () => {
    const found = lineage(
      [pool('default', '/p', [volume(at('a')), overlay(at('b'), at('a')), overlay(at('c'), at('a'))])],
      [domain(1, 'template', [disk(at('a'))]), domain(2, 'off', [disk(at('b'))], { state: 'shutoff' })],
    );
    const dependants = found.dependantsOfDomain(found.inventory.domains[0] ?? assert.fail());
    assert.deepEqual(
      dependants.map((one) => [one.volume.path, names(one.domains)]),
      [
        [at('b'), ['off']],
        [at('c'), []],
      ],
    );
  });

  it('follows each of several disks, but not media and read-only disks; a shared one is written to, but nobody’s own', () => {
    const found = lineage(
      [
        pool('default', '/p', [
          ...['a', 'b', 'iso', 'ro', 'shared'].map((name) => volume(at(name))),
          ...['a', 'b', 'iso', 'ro', 'shared'].map((name) => overlay(at(`${name}-2`), at(name))),
        ]),
      ],
      [
        domain(1, 'template', [
          disk(at('a')),
          disk(at('b'), { target: 'vdb' }),
          cdrom(at('iso')),
          disk(at('ro'), { target: 'vdc', readonly: true }),
          disk(at('shared'), { target: 'vdd', shareable: true }),
        ]),
        domain(2, 'clone', [disk(at('new')), disk(at('b-2'), { target: 'vdb' })]),
      ],
    );
    const [template, clone] = found.inventory.domains;
    assert.ok(template && clone);
    assert.deepEqual(found.imagesOf(template), [at('a'), at('b')]);
    assert.deepEqual(paths(found.dependantsOfDomain(template)), [at('a-2'), at('b-2'), at('shared-2')]);
    assert.equal(found.parentOf(clone)?.name, 'template');
    assert.deepEqual(names(found.usersOf(at('iso'))), ['template']);
  });

  it('names a machine once where it has an image twice', () => {
    const found = lineage([], [domain(1, 'twice', [disk(at('a')), disk(at('a'), { target: 'vdb' })])]);
    assert.deepEqual(names(found.usersOf(at('a'))), ['twice']);
  });

  it('takes nobody for the parent of itself', () => {
    const both = domain(1, 'both', [disk(at('b')), disk(at('a'), { target: 'vdb' })]);
    const found = lineage([pool('default', '/p', [volume(at('a')), overlay(at('b'), at('a'))])], [both]);
    assert.equal(found.parentOf(both), undefined);
    assert.deepEqual(found.clonesOf(both), []);
  });

  it('takes nobody for the parent who only reads the base', () => {
    const found = lineage(
      [pool('default', '/p', [volume(at('a')), overlay(at('b'), at('a'))])],
      [domain(1, 'reader', [disk(at('a'), { readonly: true })]), domain(2, 'clone', [disk(at('b'))])],
    );
    assert.equal(found.parentOf(found.inventory.domains[1] ?? assert.fail()), undefined);
  });
});
