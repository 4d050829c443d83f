import assert from 'node:assert/strict';
import type { Baggage, Domain } from '../../../src/host/domain';
import { resizeDisk, type ResizeAnswers } from '../../../src/plan/resizeDisk';
import { disk, domain, gibibyte, inventory, overlay, pool, uri, uuid, volume } from '../builders';
import { Lineage } from '../../../src/lineage/lineage';
import { argv, refusalOf } from './plans';

const none: Baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots: [] };
const own = overlay('/p/web', '/p/base');
const base = volume('/p/base');
const on = { state: 'running' } as const;

interface World {
  readonly rest?: Partial<Domain>;
  readonly files?: readonly (typeof own)[];
  readonly loose?: readonly (typeof own)[];
  readonly others?: readonly Domain[];
}

function resize(
  answers: Partial<ResizeAnswers> = {},
  { rest = {}, files = [base, own], loose = [], others = [] }: World = {},
) {
  const web = domain(1, 'web', [disk(own.path)], { baggage: none, ...rest });
  const found = new Lineage({ ...inventory([pool('p', '/p', files)], [web, ...others]), loose });
  return resizeDisk({ domain: web, target: 'vda', capacity: 2 * gibibyte, me: 1000, ...answers }, found);
}

const bytes = String(2 * gibibyte);

describe('plan/resizeDisk', () => {
  it('enlarges the volume of a machine that is off', () => {
    const plan = resize();
    assert.deepEqual(argv(plan), [
      ['virsh', '--connect', uri, 'vol-resize', '--vol', own.path, '--capacity', bytes],
    ]);
    assert.deepEqual(plan.steps[0]?.verify, { kind: 'size', path: own.path, capacity: 2 * gibibyte });
    assert.match(plan.notes.join(), /last partition of vda.*growpart/);
  });

  it('has libvirt enlarge what a guest uses, in bytes: KiB are its unit', () => {
    const to = ['blockresize', '--domain', uuid(1), '--path', 'vda', '--size', `${bytes}B`];
    assert.deepEqual(argv(resize({}, { rest: on })), [['virsh', '--connect', uri, ...to]]);
  });

  it('enlarges by qemu-img what lies in no pool', () => {
    const plan = resize({}, { files: [base], loose: [{ ...own, owner: 0 }] });
    assert.deepEqual(argv(plan), [
      ['sudo', '--', 'qemu-img', 'resize', '-f', 'qcow2', '--', own.path, bytes],
    ]);
    assert.equal(plan.steps[0]?.verify, undefined);
  });

  const clone = (path: string, state: Partial<Domain> = {}) => domain(2, 'clone', [disk(path)], state);
  const inside = { ...none, snapshots: [{ name: 's', images: [own.path] }] };
  const refusals: readonly [string, () => unknown, RegExp][] = [
    ['to shrink', () => resize({ capacity: gibibyte / 2 }), /only grow/],
    ['what stays as large', () => resize({ capacity: gibibyte }), /only grow/],
    ['a part of a sector', () => resize({ capacity: 2 * gibibyte + 1 }), /whole number of sectors/],
    ['what is no number', () => resize({ capacity: NaN }), /whole number of sectors/],
    ['a disk that is not there', () => resize({ target: 'vdb' }), /no writable disk vdb/],
    [
      'a base',
      () => resize({}, { files: [base, own, overlay('/p/c', own.path)], others: [clone('/p/c')] }),
      /base of clone/,
    ],
    ['what another uses', () => resize({}, { others: [clone(own.path, on)] }), /in use by clone/],
    [
      'what is saved',
      () => resize({}, { rest: { baggage: { ...none, managedSave: true } } }),
      /memory of web is saved/,
    ],
    ['what is read-only', () => resize({}, { files: [base, { ...own, mode: 0o444 }] }), /read-only/],
    [
      'version 0.10 with a snapshot',
      () => resize({}, { rest: { baggage: inside }, files: [base, { ...own, compat: '0.10' }] }),
      /cannot grow/,
    ],
  ];
  for (const [what, build, why] of refusals) it(`refuses ${what}`, () => assert.match(refusalOf(build), why));

  it('lets version 1.1 grow with a snapshot', () => {
    assert.equal(
      resize({}, { rest: { baggage: inside }, files: [base, { ...own, compat: '1.1' }] }).steps.length,
      1,
    );
  });
});
