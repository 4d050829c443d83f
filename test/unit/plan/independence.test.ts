import assert from 'node:assert/strict';
import { Lineage } from '../../../src/lineage/lineage';
import { flatten } from '../../../src/plan/flatten';
import { fullClone } from '../../../src/plan/fullClone';
import type { Domain } from '../../../src/host/domain';
import type { Volume } from '../../../src/host/volume';
import { overlaysToRebase, rebase } from '../../../src/plan/rebase';
import { relink, relinkCandidates } from '../../../src/plan/relink';
import {
  backing,
  disk,
  domain,
  gibibyte,
  inventory,
  lineage,
  overlay,
  pool,
  uri,
  uuid,
  volume,
} from '../builders';
import { argv, refusalOf } from './plans';

const base = volume('/p/base', { mode: 0o444 });
const second = volume('/p/second', { mode: 0o444, format: 'raw' });
const top = overlay('/p/top', base.path);
const clone = domain(1, 'clone', [disk(top.path)]);
const template = domain(2, 'template', [disk(second.path)]);
const home = pool('p', '/p', [base, second, top]);
const world = lineage([home], [clone, template]);
const refresh = ['virsh', '--connect', uri, 'pool-refresh', '--pool', home.uuid];

describe('plan/flatten', () => {
  it('is for qemu-img where the machine is off, for libvirt where it runs', () => {
    const off = flatten({ domains: [clone], volumes: [], me: 0 }, world);
    assert.deepEqual(argv(off), [
      ['qemu-img', 'rebase', '-p', '-f', 'qcow2', '-b', '', '--', top.path],
      refresh,
    ]);
    const running = { ...clone, state: 'running' } as const;
    const on = flatten({ domains: [running], volumes: [], me: 0 }, lineage([home], [running]));
    assert.deepEqual(argv(on)[0]?.slice(3), [
      ...['blockpull', '--domain', uuid(1), '--path', 'vda', '--wait', '--verbose'],
    ]);
  });

  it('frees clones of clones before what they stand on, and none where others stand on them', () => {
    const [a, a1, a2] = [overlay('/p/a', base.path), overlay('/p/a1', '/p/a'), overlay('/p/a2', '/p/a1')];
    const domains = [domain(3, 'a', [disk(a.path)]), domain(4, 'a1', [disk(a1.path)])];
    const all = lineage([pool('p', '/p', [base, a, a1])], domains);
    const images = (chosen: readonly Domain[], where = all) =>
      argv(flatten({ domains: chosen, volumes: [], me: 0 }, where)).flatMap((words) =>
        words[0] === 'qemu-img' ? [words.at(-1)] : [],
      );
    assert.deepEqual(images(domains), [a1.path, a.path]);
    const [one] = domains;
    assert.match(
      refusalOf(() => images(one === undefined ? [] : [one])),
      /the base of a1/,
    );
    const more = lineage([pool('p', '/p', [base, a, a1, a2])], domains);
    assert.match(
      refusalOf(() => images(domains, more)),
      /the base of a2/,
    );
  });

  it('takes the mark of a clone from what stands on nothing any more, in its present run too', () => {
    const mark = { kind: 'clone', of: uuid(2) } as const;
    const marked = { ...clone, mark };
    const words = (one: Domain) =>
      argv(flatten({ domains: [], volumes: [top], me: 0 }, lineage([home], [one]))).find(
        ([, , , command]) => command === 'metadata',
      );
    assert.deepEqual(words(marked)?.slice(-2), ['--remove', '--config']);
    assert.deepEqual(words({ ...marked, state: 'running' })?.slice(-3), ['--remove', '--live', '--config']);
    const also = overlay('/p/also', base.path);
    const two = { ...marked, disks: [disk(top.path), disk(also.path, { target: 'vdb' })] };
    const world2 = lineage([pool('p', '/p', [base, top, also])], [two]);
    assert.ok(
      argv(flatten({ domains: [], volumes: [top], me: 0 }, world2)).every((all) => all[3] !== 'metadata'),
    );
  });

  it('asks for the room that was measured, or that all below takes', () => {
    const tight = { ...home, available: 2 ** 21 };
    const plan = (bytes?: number) =>
      flatten(
        {
          domains: [clone],
          volumes: [],
          me: 0,
          ...(bytes === undefined ? {} : { needed: new Map([[top.path, bytes]]) }),
        },
        lineage([tight], [clone]),
      );
    assert.match(
      refusalOf(() => plan(2 ** 22)),
      /4194304 bytes are needed, 2097152 are free/,
    );
    assert.equal(plan().steps.length, 2);
  });

  const refused: readonly [string, () => unknown, RegExp][] = [
    [
      'a broken chain',
      () =>
        flatten(
          { domains: [], volumes: [overlay('/p/x', '/gone')], me: 0 },
          lineage([
            pool('p', '/p', [overlay('/p/x', '/gone', { backing: backing('/gone', { found: false }) })]),
          ]),
        ),
      /standing|independent|broken/,
    ],
    [
      'a machine whose memory is saved',
      () => {
        const baggage = { autostart: false, managedSave: true, checkpoints: false, snapshots: [] };
        const saved = { ...clone, baggage };
        return flatten({ domains: [saved], volumes: [], me: 0 }, lineage([home], [saved]));
      },
      /memory of clone/,
    ],
    [
      'a stated backing store',
      () => {
        const stated = { ...clone, disks: [disk(top.path, { backingStated: true })] };
        return flatten({ domains: [stated], volumes: [], me: 0 }, lineage([home], [stated]));
      },
      /virsh edit/,
    ],
    [
      'an image that is read-only',
      () => flatten({ domains: [], volumes: [{ ...top, mode: 0o444 }], me: 0 }, world),
      /read-only/,
    ],
    [
      'a machine on nothing',
      () => flatten({ domains: [template], volumes: [], me: 0 }, world),
      /independent already/,
    ],
  ];
  for (const [what, plan, why] of refused) {
    it(`refuses ${what}`, () => {
      assert.match(refusalOf(plan), why);
    });
  }
});

describe('plan/rebase', () => {
  it('keeps contents, gives the new format, notes the time, and could go back', () => {
    const plan = rebase({ images: [top], base: second, now: 5, me: 0 }, world);
    assert.deepEqual(argv(plan)[0], [
      ...['qemu-img', 'rebase', '-p', '-f', 'qcow2', '-F', 'raw', '-b', second.path, '--', top.path],
    ]);
    assert.ok(argv(plan)[1]?.includes(`<clone template="${uuid(2)}" since="5"/>`));
    assert.deepEqual(argv(plan)[2], refresh);
    const [first] = plan.steps;
    assert.ok(first?.undo?.kind === 'restore');
    assert.deepEqual(first.undo.specs[0]?.args.slice(-6), ['-F', 'qcow2', '-b', base.path, '--', top.path]);
  });

  it('moves a clone that is chosen together with its own clones, and else what stands on it', () => {
    const [a, a1] = [overlay('/p/a', base.path), overlay('/p/a1', '/p/a')];
    const all = lineage([pool('p', '/p', [base, a, a1])]);
    const moved = (...chosen: readonly Volume[]) => overlaysToRebase(chosen, all).map(({ name }) => name);
    assert.deepEqual(moved(a, a1), ['a']);
    assert.deepEqual(moved(a1, a), ['a']);
    assert.deepEqual(moved(a), ['a1']);
    assert.deepEqual(moved(a1), ['a1']);
    assert.deepEqual(moved(base), ['a']);
    assert.deepEqual(moved(base, a), ['a']);
  });

  it('goes on where the room might be too little, and says so', () => {
    const tight = { ...home, available: 5 };
    const plan = rebase({ images: [top], base: second, now: 5, me: 0 }, lineage([tight], [clone]));
    assert.match(plan.notes.join(' '), /p has less room/);
    assert.equal(rebase({ images: [top], base: second, now: 5, me: 0 }, world).notes.length, 1);
  });

  it('says of an overlay without a machine that its younger base will look like damage', () => {
    const facts = new Map([[top.path, { born: 1, header: undefined }]]);
    const notes = (modified: number, domains: readonly Domain[]) => {
      const young = { ...second, modified };
      const found = { ...inventory([pool('p', '/p', [base, young, top])], domains), facts };
      return rebase({ images: [top], base: young, now: 5, me: 0 }, new Lineage(found)).notes.length;
    };
    assert.deepEqual([notes(2, []), notes(0.5, []), notes(2, [clone])], [2, 1, 1]);
  });

  it('refuses a base that is larger, is written to, or is the same', () => {
    const onto = (one: typeof base, domains = [clone]) =>
      refusalOf(() =>
        rebase(
          { images: [top], base: one, now: 1, me: 0 },
          lineage([pool('p', '/p', [base, top, one])], domains),
        ),
      );
    assert.match(onto({ ...second, capacity: 2 * gibibyte }), /larger/);
    assert.match(onto(second, [clone, { ...template, state: 'running' }]), /written to by template/);
    assert.match(
      refusalOf(() => rebase({ images: [top], base, now: 1, me: 0 }, world)),
      /already/,
    );
  });
});

describe('plan/relink', () => {
  const orphan = overlay('/p/orphan', '/gone/base', { backing: backing('/gone/base', { found: false }) });
  const found = lineage([
    pool('p', '/p', [
      base,
      second,
      orphan,
      volume('/p/big', { capacity: 9 * gibibyte }),
      volume('/p/cd', { format: 'iso' }),
      overlay('/p/above', orphan.path),
    ]),
  ]);

  it('proposes the image of the same name, then those of the same size, never what is larger, media or above', () => {
    assert.deepEqual(
      relinkCandidates(orphan, found).map(({ path }) => path),
      ['/p/base', '/p/second'],
    );
  });

  it('tries it without writing first, and changes nothing but the header', () => {
    const alone = lineage([pool('p', '/p', [base, orphan])]);
    const commands = argv(relink({ image: orphan, base, now: 1, me: 0 }, alone));
    assert.equal(commands[0]?.[1], 'measure');
    assert.deepEqual(JSON.parse(commands[0].at(-1)?.replace('json:', '') ?? ''), {
      driver: 'qcow2',
      file: { driver: 'file', filename: '/p/orphan' },
      backing: { driver: 'qcow2', file: { driver: 'file', filename: '/p/base' } },
    });
    assert.deepEqual(commands[1], [
      'qemu-img',
      'rebase',
      '-u',
      '-f',
      'qcow2',
      '-F',
      'qcow2',
      '-b',
      '/p/base',
      '--',
      '/p/orphan',
    ]);
  });
});

describe('plan/fullClone', () => {
  it('copies every disk, and takes no mark along', () => {
    const marked = { ...template, mark: { kind: 'template' } } as const;
    const plan = fullClone({ original: marked, name: 'copy' }, lineage([home], [marked]));
    assert.deepEqual(argv(plan)[0], [
      ...[
        'virt-clone',
        '--connect',
        uri,
        '--original',
        'template',
        '--name',
        'copy',
        '--file',
        '/p/copy.img',
      ],
    ]);
    assert.ok(argv(plan)[1]?.includes('--remove'));
    assert.deepEqual(plan.steps[1]?.verify, { kind: 'unmarked', domain: 'copy' });
    assert.deepEqual(plan.steps[0]?.undo, { kind: 'discardCopy', name: 'copy', paths: ['/p/copy.img'] });
  });

  it('refuses a machine that runs, a name that is taken, and a pool without room', () => {
    const copy = (one = template, name = 'copy', available = gibibyte) =>
      refusalOf(() => fullClone({ original: one, name }, lineage([{ ...home, available }], [one, clone])));
    assert.match(copy({ ...template, state: 'paused' }), /not switched off/);
    assert.match(copy(template, 'clone'), /already/);
    const lun = disk('/dev/x', { device: 'lun', target: 'sdb' });
    assert.match(copy({ ...template, disks: [...template.disks, lun] }), /SCSI device sdb/);
    assert.match(copy(template, 'copy', 5), /too little room/);
  });
});
