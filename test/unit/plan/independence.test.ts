import assert from 'node:assert/strict';
import { flatten } from '../../../src/plan/flatten';
import { fullClone } from '../../../src/plan/fullClone';
import { rebase } from '../../../src/plan/rebase';
import { relink, relinkCandidates } from '../../../src/plan/relink';
import { backing, disk, domain, gibibyte, lineage, overlay, pool, uri, uuid, volume } from '../builders';
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
