import assert from 'node:assert/strict';
import type { Domain } from '../../../src/host/domain';
import type { ImageFacts } from '../../../src/host/imageFacts';
import type { Qcow2Header } from '../../../src/host/qcow2';
import type { Volume } from '../../../src/host/volume';
import { Health, findingsOf } from '../../../src/lineage/health';
import { Lineage } from '../../../src/lineage/lineage';
import { backing, disk, domain, gibibyte, inventory, overlay, pool, volume } from '../builders';

const base = volume('/p/base', { mode: 0o444, modified: 1000 });
const top = overlay('/p/top', base.path, { modified: 2000 });

/** The facts of an overlay whose header names this base. */
function recorded(name: string, format: string | undefined, rest: Partial<ImageFacts> = {}): ImageFacts {
  const header: Qcow2Header = {
    version: 3,
    capacity: gibibyte,
    clusterBits: 16,
    l1: { offset: 0, entries: 0 },
    snapshots: 0,
    incompatible: 0n,
    backing: { name, format },
  };
  return { born: undefined, header, ...rest };
}

interface World {
  readonly volumes?: readonly Volume[];
  readonly loose?: readonly Volume[];
  readonly domains?: readonly Domain[];
  readonly facts?: readonly (readonly [string, ImageFacts])[];
}

function lineageOf({ volumes = [base, top], loose = [], domains = [], facts }: World): Lineage {
  return new Lineage({
    ...inventory([pool('p', '/p', volumes)], domains),
    loose,
    ...(facts === undefined ? {} : { facts: new Map(facts) }),
  });
}

/** The faults of a world with the images they are about. */
function faultsOf(world: World): string[] {
  return findingsOf(lineageOf(world)).map(({ fault, image }) => `${fault} ${image.name}`);
}

describe('lineage/health', () => {
  it('finds nothing where all is well', () => {
    assert.deepEqual(faultsOf({ facts: [['/p/top', recorded(base.path, 'qcow2')]] }), []);
    assert.deepEqual(faultsOf({}), [], 'nor where headers cannot be read');
  });

  it('finds a base that is missing, in pools and outside them', () => {
    const orphan = overlay('/p/top', '/p/gone', { backing: backing('/p/gone', { found: false }) });
    assert.deepEqual(faultsOf({ volumes: [orphan] }), ['baseMissing top']);
    const loose = overlay('/else/top', '/else/gone');
    assert.deepEqual(faultsOf({ loose: [loose], facts: [] }), ['baseMissing top']);
  });

  it('takes a base that another pool shows for found, though the overlay cannot see it', () => {
    const blind = overlay('/p/top', base.path, { backing: backing(base.path, { found: false }) });
    assert.deepEqual(faultsOf({ volumes: [base, blind] }), []);
  });

  it('says nothing of disks of the network', () => {
    const far = overlay('/p/top', 'nbd://host/disk');
    assert.deepEqual(faultsOf({ volumes: [far] }), []);
  });

  it('finds a base that somebody writes to, and who', () => {
    const writer = domain(1, 'writer', [disk(base.path)], { state: 'running' });
    assert.deepEqual(faultsOf({ domains: [writer] }), ['baseInUse top']);
    assert.equal(findingsOf(lineageOf({ domains: [writer] }))[0]?.domain, writer);
    assert.deepEqual(faultsOf({ domains: [{ ...writer, state: 'shutoff' }] }), []);
    const reader = domain(1, 'reader', [disk(base.path, { readonly: true })], { state: 'running' });
    assert.deepEqual(faultsOf({ domains: [reader] }), []);
    const later = domain(1, 'later', [], { state: 'running', nextDisks: [disk(base.path)] });
    assert.deepEqual(faultsOf({ domains: [later] }), []);
  });

  describe('finds a base that is newer than its clone', () => {
    const changed = { ...base, modified: 3000 };
    const clone = (since?: number) =>
      domain(1, 'clone', [disk(top.path)], {
        mark: { kind: 'clone', of: undefined, ...(since === undefined ? {} : { since }) },
      });
    const bornAt = (born: number) => [[top.path, recorded(base.path, 'qcow2', { born })]] as const;

    it('by when the clone was made, though the clone was written to since', () => {
      const written = { ...top, modified: 9000 };
      const world = { volumes: [changed, written], domains: [clone()] };
      assert.deepEqual(faultsOf({ ...world, facts: bornAt(2000) }), ['baseChanged top']);
      assert.deepEqual(faultsOf({ ...world, facts: bornAt(4000) }), []);
      assert.deepEqual(faultsOf({ ...world, facts: bornAt(2999) }), [], 'flushed when it was made');
    });

    it('of an overlay without a machine by when it was put on its base, which is its last write', () => {
      const facts = bornAt(2000);
      assert.deepEqual(faultsOf({ volumes: [changed, top], facts }), ['baseChanged top']);
      assert.deepEqual(faultsOf({ volumes: [changed, { ...top, modified: 4000 }], facts }), []);
    });

    it('by the last write to the clone, where nobody knows when it was made', () => {
      assert.deepEqual(faultsOf({ volumes: [changed, top] }), ['baseChanged top']);
      assert.deepEqual(faultsOf({ volumes: [changed, { ...top, modified: 4000 }] }), []);
    });

    it('but not where the clone was linked to it since', () => {
      const world = { volumes: [changed, top], facts: bornAt(2000) };
      assert.deepEqual(faultsOf({ ...world, domains: [clone()] }), ['baseChanged top']);
      assert.deepEqual(faultsOf({ ...world, domains: [clone(3000)] }), []);
    });

    it('nor where it is the same machine’s own, before a snapshot', () => {
      const snapshots = [{ name: 's', images: [base.path] }];
      const baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots };
      const one = { ...clone(), baggage };
      assert.deepEqual(faultsOf({ volumes: [changed, top], facts: bornAt(2000), domains: [one] }), []);
    });
  });

  it('finds formats that are not recorded, or recorded wrong', () => {
    assert.deepEqual(faultsOf({ facts: [[top.path, recorded(base.path, undefined)]] }), [
      'formatUnrecorded top',
    ]);
    assert.deepEqual(faultsOf({ facts: [[top.path, recorded(base.path, 'raw')]] }), ['formatWrong top']);
    const iso = { ...base, format: 'iso' };
    assert.deepEqual(faultsOf({ volumes: [iso, top], facts: [[top.path, recorded(base.path, 'raw')]] }), []);
  });

  it('finds a relative path, which is none of file: or json:', () => {
    assert.deepEqual(faultsOf({ facts: [[top.path, recorded('base', 'qcow2')]] }), ['relativePath top']);
    assert.deepEqual(faultsOf({ facts: [[top.path, recorded('file:/p/base', 'qcow2')]] }), []);
  });

  it('finds an overlay that is smaller than its base, or of the old version', () => {
    assert.deepEqual(faultsOf({ volumes: [base, { ...top, capacity: 1 }] }), ['overlaySmaller top']);
    assert.deepEqual(faultsOf({ volumes: [base, { ...top, compat: '0.10' }] }), ['oldVersion top']);
  });

  it('finds a base outside all pools', () => {
    const far = overlay('/p/top', '/else/base');
    assert.deepEqual(faultsOf({ volumes: [far] }), ['baseOutside top']);
    assert.deepEqual(faultsOf({ volumes: [far], loose: [volume('/else/base', { mode: undefined })] }), [
      'baseOutside top',
    ]);
  });

  it('finds a base that can be written to, once, and who has it; not the base of its own snapshot', () => {
    const open = { ...base, mode: 0o644 };
    const second = overlay('/p/two', base.path);
    const owner = domain(1, 'owner', [disk(base.path)]);
    const world = { volumes: [open, top, second], domains: [owner] };
    assert.deepEqual(faultsOf(world), ['baseWritable base']);
    assert.equal(findingsOf(lineageOf(world))[0]?.domain, owner);
    const snapshots = [{ name: 's', images: [base.path] }];
    const baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots };
    const self = domain(1, 'self', [disk(top.path)], { baggage });
    assert.deepEqual(faultsOf({ volumes: [open, top], domains: [self] }), []);
  });

  it('finds a raw driver on a qcow2 image, also where none is stated', () => {
    for (const format of ['raw', undefined]) {
      const one = domain(1, 'one', [disk(top.path, { format })]);
      assert.deepEqual(faultsOf({ domains: [one] }), ['rawDriver top']);
    }
    const raw = domain(1, 'one', [disk('/p/raw', { format: 'raw' })]);
    assert.deepEqual(faultsOf({ volumes: [volume('/p/raw', { format: 'raw' })], domains: [raw] }), []);
  });

  it('finds a chain that is too deep, once, at its top', () => {
    const chain = (levels: number) =>
      Array.from({ length: levels }, (_, level) =>
        level === 0
          ? base
          : overlay(`/p/${level}`, level === 1 ? base.path : `/p/${level - 1}`, { mode: 0o444 }),
      );
    assert.deepEqual(faultsOf({ volumes: chain(20) }), []);
    assert.deepEqual(faultsOf({ volumes: chain(21) }), ['chainDeep 20']);
  });

  it('survives loops', () => {
    const volumes = [overlay('/p/a', '/p/b', { mode: 0o444 }), overlay('/p/b', '/p/a', { mode: 0o444 })];
    assert.deepEqual(faultsOf({ volumes }), []);
  });

  it('tells the most serious first', () => {
    const volumes = [
      { ...base, mode: 0o644 },
      top,
      overlay('/p/x', '/gone', { backing: backing('/gone', { found: false }) }),
    ];
    assert.deepEqual(faultsOf({ volumes }), ['baseMissing x', 'baseWritable base']);
  });

  it('gives a machine what is wrong below it, and hints only on its own images', () => {
    const open = { ...base, mode: 0o644, compat: '0.10' };
    const middle = overlay('/p/middle', '/gone', {
      mode: 0o444,
      backing: backing('/gone', { found: false }),
    });
    const above = overlay('/p/above', middle.path, { compat: '0.10' });
    const one = domain(1, 'one', [disk(above.path)]);
    const two = domain(2, 'two', [disk(top.path)]);
    const lineage = lineageOf({ volumes: [open, top, middle, above], domains: [one, two] });
    const health = new Health(lineage);
    assert.deepEqual(
      health.ofDomain(one).map(({ fault }) => fault),
      ['oldVersion', 'baseMissing'],
    );
    assert.deepEqual(health.ofDomain(two), []);
    assert.deepEqual(
      health.ofImage(base.path).map(({ fault }) => fault),
      ['baseWritable'],
    );
  });
});
