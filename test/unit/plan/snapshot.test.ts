import assert from 'node:assert/strict';
import type { Baggage, Domain, Snapshot } from '../../../src/host/domain';
import { parseVersion, versionText } from '../../../src/host/libvirtVersion';
import { deleteSnapshot, findSnapshot, revertToSnapshot } from '../../../src/plan/changeSnapshot';
import { InUse } from '../../../src/plan/guard';
import { createSnapshot, usualStorage, type SnapshotAnswers } from '../../../src/plan/snapshot';
import { disk, domain, lineage, overlay, pool, thrownBy, uri, uuid, volume } from '../builders';
import { argv, refusalOf } from './plans';

const none: Baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots: [] };
const base = volume('/p/base.qcow2');
const own = overlay('/p/web.qcow2', base.path);
const template = domain(9, 'template', [disk(base.path)]);
const on = { state: 'running' } as const;
const [old, middle, now] = [8_010_000, 9_000_000, 9_009_000];

/** A clone on a template; `others` stand on it or beside it. */
function world(rest: Partial<Domain> = {}, others: readonly Domain[] = [], files = [own]) {
  const web = domain(1, 'web', [disk(own.path)], { baggage: none, ...rest });
  const found = lineage([pool('p', '/p', [base, ...files])], [template, web, ...others]);
  return { web, found };
}

function create(
  answers: Partial<SnapshotAnswers> = {},
  rest: Partial<Domain> = {},
  others: readonly Domain[] = [],
  files = [own],
) {
  const { web, found } = world(rest, others, files);
  const usual = { name: 's', description: '', memory: true, storage: 'internal', libvirt: middle } as const;
  return createSnapshot({ domain: web, ...usual, ...answers }, found);
}

const command = ['virsh', '--connect', uri];
const make = [...command, 'snapshot-create-as', '--domain', uuid(1), '--name', 's'];
const refresh = [...command, 'pool-refresh', '--pool', pool('p', '/p', []).uuid];

describe('plan/snapshot: create', () => {
  it('lies in the images of a machine that is off, or runs and keeps its memory', () => {
    assert.deepEqual(argv(create()), [make]);
    const described = create({ description: 'first <one>' }, on);
    assert.deepEqual(argv(described), [[...make, '--description', 'first <one>']]);
    assert.match(described.notes.join(), /stands still/);
    const [step] = described.steps;
    const undo = { kind: 'deleteSnapshot', domain: uuid(1), name: 's' };
    const verify = { kind: 'snapshot', domain: uuid(1), name: 's', is: 'current' };
    assert.deepEqual([step?.undo, step?.verify], [undo, verify]);
  });

  it('makes an overlay beside the image, and says that it is one more level', () => {
    const plan = create({ storage: 'external', memory: false }, on);
    const spec = 'vda,snapshot=external,driver=qcow2,file=/p/web.s.qcow2';
    assert.deepEqual(argv(plan), [[...make, '--disk-only', '--diskspec', spec], refresh]);
    assert.deepEqual(plan.steps[1]?.verify, { kind: 'standsOn', path: '/p/web.s.qcow2', backing: own.path });
    assert.match(
      plan.notes.join(' '),
      /goes on in web\.s\.qcow2, which stands on web\.qcow2.*not revert.*power cut/,
    );
    assert.doesNotMatch(create({ storage: 'external', libvirt: now }).notes.join(), /not revert/);
  });

  it('keeps memory in a file, takes no file that is there, and doubles commas', () => {
    const files = [own, volume('/p/we,b.s.qcow2')];
    const plan = create({ storage: 'external' }, { ...on, name: 'we,b' }, [], files);
    assert.deepEqual(argv(plan)[0]?.slice(make.length), [
      '--memspec',
      'file=/p/we,,b.s.mem,snapshot=external',
      '--diskspec',
      'vda,snapshot=external,driver=qcow2,file=/p/we,,b.s-2.qcow2',
    ]);
  });

  it('makes one for each disk that is written to', () => {
    const disks = [
      disk(own.path),
      disk('/p/data.qcow2', { target: 'vdb' }),
      disk('/x.iso', { target: 'sda', device: 'cdrom' }),
    ];
    const specs = argv(create({ storage: 'external' }, { disks }))[0]?.filter((word) =>
      word.includes('file='),
    );
    assert.deepEqual(
      specs?.map((word) => word.replace(/.*file=/, '')),
      ['/p/web-vda.s.qcow2', '/p/web-vdb.s.qcow2'],
    );
  });

  it('proposes what libvirt can always revert to, where it can be made', () => {
    const { web } = world();
    const running = { ...web, ...on };
    const raw = { ...web, disks: [disk('/p/raw', { format: 'raw' })] };
    const firmware = { ...web, nvram: true };
    const cases = [
      [web, false, middle],
      [running, true, middle],
      [running, false, middle],
      [raw, false, middle],
      [firmware, false, middle],
      [firmware, false, 10_010_000],
    ] as const;
    const usual = cases.map(([one, memory, libvirt]) => usualStorage(one, memory, libvirt));
    assert.deepEqual(usual, ['internal', 'internal', 'external', 'external', 'external', 'internal']);
  });

  const clone = domain(2, 'clone', [disk('/p/clone')]);
  const standing = [own, overlay('/p/clone', own.path)];
  const saved = { baggage: { ...none, managedSave: true } };
  const taken = { baggage: { ...none, snapshots: [{ name: 's', images: [] }] } };
  const refusals: readonly [string, () => unknown, RegExp][] = [
    ['of a base', () => create({}, {}, [clone], standing), /base of clone/],
    ['of what vanishes', () => create({}, { ...on, persistent: false }), /vanishes/],
    ['of what is saved', () => create({}, saved), /memory of web is saved/],
    ['of a name that is taken', () => create({}, taken), /already a snapshot/],
    ['of a name with a slash', () => create({ name: 'a/b' }), /name of a file/],
    ['of a name with a dot', () => create({ name: '.a' }), /begin with a dot/],
    ['inside, of disks alone', () => create({ memory: false }, on), /always external/],
    ['inside a raw image', () => create({}, { disks: [disk('/p/raw', { format: 'raw' })] }), /only qcow2/],
    ['with UEFI variables', () => create({}, { nvram: true }), /UEFI/],
    ['of a shared disk', () => create({}, { disks: [disk(own.path, { shareable: true })] }), /is shared/],
    ['of nothing', () => create({}, { disks: [] }), /no writable disk/],
    [
      'outside, of a disk that is no file',
      () => create({ storage: 'external' }, { disks: [disk('/dev/vg/a', { type: 'block' })] }),
      /no file/,
    ],
  ];
  for (const [what, build, why] of refusals)
    it(`refuses one ${what}`, () => assert.match(refusalOf(build), why));
});

const inside: Snapshot = { name: 'in', images: [own.path], state: 'shutoff' };
const top = overlay('/p/web.s.qcow2', own.path);
const outside: Snapshot = { name: 'out', images: [own.path, top.path], made: [top.path] };
const remembering: Snapshot = {
  ...outside,
  memory: { file: '/p/web.mem' },
  images: [...outside.images, '/p/web.mem'],
};

function change(
  plan: typeof revertToSnapshot,
  snapshot: Snapshot,
  {
    libvirt = now,
    snapshots = [snapshot],
    others = [],
    files = [],
  }: {
    libvirt?: number;
    snapshots?: readonly Snapshot[];
    others?: readonly Domain[];
    files?: readonly (typeof own)[];
  } = {},
  rest: Partial<Domain> = {},
) {
  const isOut = snapshot.made !== undefined;
  const disks = [disk(isOut ? top.path : own.path)];
  const shown = isOut ? [own, top, ...files] : [own, ...files];
  const { web, found } = world({ disks, baggage: { ...none, snapshots }, ...rest }, others, shown);
  return plan({ domain: web, snapshot, libvirt, me: 1000 }, found);
}

describe('plan/snapshot: revert and delete', () => {
  const act = (word: string, name: string) => [...command, word, '--domain', uuid(1), '--snapshotname', name];

  it('reverts, and is then at it', () => {
    const plan = change(revertToSnapshot, inside);
    assert.deepEqual(argv(plan), [act('snapshot-revert', 'in')]);
    const verify = { kind: 'snapshot', domain: uuid(1), name: 'in', is: 'current' };
    assert.deepEqual(plan.steps[0]?.verify, verify);
    assert.deepEqual(argv(change(revertToSnapshot, outside)), [act('snapshot-revert', 'out'), refresh]);
  });

  it('deletes one in the image by one command', () => {
    assert.deepEqual(argv(change(deleteSnapshot, inside)), [act('snapshot-delete', 'in')]);
  });

  it('deletes one that made an overlay, says what is merged, and takes its memory along', () => {
    const plan = change(deleteSnapshot, remembering, {
      libvirt: middle,
      files: [volume('/p/web.mem', { format: 'raw' })],
    });
    const removed = ['rm', '-f', '--', '/p/web.mem'];
    assert.deepEqual(argv(plan), [act('snapshot-delete', 'out'), removed, refresh, refresh]);
    assert.deepEqual(plan.notes, ['web.s.qcow2 is merged into web.qcow2 and deleted.']);
    assert.deepEqual(plan.steps[2]?.verify, { kind: 'noVolume', path: top.path });
  });

  const sibling = overlay('/p/sibling', own.path);
  const onTop = overlay('/p/on-top', top.path);
  const clone = (path: string) => domain(3, 'clone', [disk(path)]);
  const parent = { ...outside, parent: 'in' };
  const child = { ...inside, parent: 'out', images: [top.path] };
  const saved = { baggage: { ...none, snapshots: [inside], managedSave: true } };
  const refusals: readonly [string, () => unknown, RegExp][] = [
    [
      'reverting on an old libvirt',
      () => change(revertToSnapshot, outside, { libvirt: middle }),
      /libvirt 9\.0\.0 cannot revert .* 9\.9\.0 can/,
    ],
    [
      'deleting on an old libvirt',
      () => change(deleteSnapshot, outside, { libvirt: old }),
      /libvirt 8\.10\.0 cannot delete/,
    ],
    ['reverting what is saved', () => change(revertToSnapshot, inside, {}, saved), /memory of web is saved/],
    [
      'merging under an overlay of nobody',
      () => change(deleteSnapshot, outside, { files: [sibling] }),
      /committed into web\.qcow2.*sibling/,
    ],
    [
      'merging under a clone',
      () => change(deleteSnapshot, outside, { files: [sibling], others: [clone('/p/sibling')] }),
      /base of clone/,
    ],
    [
      'merging what others stand on',
      () => change(deleteSnapshot, outside, { files: [onTop], others: [clone('/p/on-top')] }),
      /base of clone/,
    ],
    [
      'merging into the disk of another',
      () => change(deleteSnapshot, outside, { others: [clone(own.path)] }),
      /also belongs to clone/,
    ],
    [
      'merging into an image with a snapshot',
      () => change(deleteSnapshot, parent, { snapshots: [inside, parent] }),
      /holds a snapshot. Delete in/,
    ],
    [
      'merging an overlay with a snapshot',
      () => change(deleteSnapshot, outside, { snapshots: [outside, child] }),
      /snapshot in lies in the overlay/,
    ],
    [
      'reverting in an image under an overlay of its own',
      () => change(revertToSnapshot, inside, { files: [sibling] }),
      /Snapshots of .*sibling/,
    ],
    [
      'deleting in an image under a clone',
      () => change(deleteSnapshot, inside, { files: [sibling], others: [clone('/p/sibling')] }),
      /Snapshots of web/,
    ],
  ];
  for (const [what, build, why] of refusals) it(`refuses ${what}`, () => assert.match(refusalOf(build), why));

  it('refuses to write into an image on which the machine itself has gone on', () => {
    const disks = [disk(top.path)];
    const { web, found } = world({ disks, baggage: { ...none, snapshots: [inside] } }, [], [own, top]);
    const answers = { domain: web, snapshot: inside, libvirt: now, me: 1000 };
    for (const plan of [revertToSnapshot, deleteSnapshot])
      assert.match(
        refusalOf(() => plan(answers, found)),
        /Snapshots of web\.qcow2 .*base of web/,
      );
  });

  it('refuses to give up an overlay that others stand on', () => {
    const others = [clone(onTop.path)];
    const plan = () => change(revertToSnapshot, outside, { files: [onTop], others });
    assert.match(refusalOf(plan), /Snapshots of web .*base of clone/);
  });

  it('offers the ways out where others are in the way', () => {
    assert.ok(thrownBy(() => change(deleteSnapshot, outside, { files: [sibling] })) instanceof InUse);
  });

  it('finds a snapshot by its name', () => {
    const { web } = world({ baggage: { ...none, snapshots: [inside] } });
    assert.equal(findSnapshot(web, 'in'), inside);
    assert.match(
      refusalOf(() => findSnapshot(web, 'no')),
      /no snapshot "no"/,
    );
  });
});

describe('host/libvirtVersion', () => {
  it('reads the daemon’s version, or else the library’s', () => {
    const library = 'Using library: libvirt 11.3.0\n';
    assert.equal(parseVersion(`${library}Running against daemon: 9.10.2\n`), 9_010_002);
    assert.equal(parseVersion(library), 11_003_000);
    assert.equal(parseVersion('nothing'), undefined);
    assert.equal(versionText(9_010_002), '9.10.2');
  });
});
