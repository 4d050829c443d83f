import assert from 'node:assert/strict';
import type { Baggage, Domain } from '../../../src/host/domain';
import { resetToTemplate } from '../../../src/plan/resetToTemplate';
import { backing, disk, domain, gibibyte, lineage, overlay, pool, uri, uuid, volume } from '../builders';
import { argv, refusalOf } from './plans';

const none: Baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots: [] };
const base = volume('/p/base');
const own = overlay('/p/web.qcow2', base.path, { capacity: 2 * gibibyte });
const on = { state: 'running' } as const;

function reset(
  rest: Partial<Domain> = {},
  files = [own],
  others: readonly Domain[] = [],
  template: Partial<Domain> = {},
) {
  const web = domain(1, 'web', [disk(own.path)], { baggage: none, ...rest });
  const found = lineage(
    [pool('p', '/p', [base, ...files])],
    [domain(9, 'template', [disk(base.path)], template), web, ...others],
  );
  return resetToTemplate({ domain: web, me: 1000 }, found);
}

const verbs = (rest: Partial<Domain> = {}, files = [own]) =>
  argv(reset(rest, files)).map(([file, ...args]) => (file === 'virsh' ? args[2] : [file, ...args].join(' ')));

describe('plan/resetToTemplate', () => {
  const swap = ['ln -T -- /p/web.qcow2 /p/web.qcow2.old', 'mv -T -- /p/web.qcow2.new /p/web.qcow2'];

  it('makes the new overlay first, and deletes the old one last', () => {
    assert.deepEqual(verbs(), ['vol-create', ...swap, 'pool-refresh', 'vol-dumpxml', 'vol-delete']);
  });

  it('forces off what runs, and starts it again before the old one goes', () => {
    const look = ['pool-refresh', 'vol-dumpxml'];
    assert.deepEqual(verbs(on), ['vol-create', 'destroy', ...swap, ...look, 'start', 'vol-delete']);
  });

  it('discards saved memory, which would go on with what is gone', () => {
    assert.equal(verbs({ baggage: { ...none, managedSave: true } })[1], 'managedsave-remove');
  });

  it('holds the new one to its path, its base, and the size that the old one had', () => {
    const { steps } = reset();
    const expected = { backing: base.path, backingFormat: 'qcow2', capacity: 2 * gibibyte };
    const overlays = steps.flatMap(({ verify }) => (verify?.kind === 'overlay' ? [verify] : []));
    assert.deepEqual(
      overlays.map(({ path }) => path),
      ['/p/web.qcow2.new', own.path],
    );
    assert.deepEqual(overlays[1], { kind: 'overlay', path: own.path, ...expected });
    assert.deepEqual(steps.at(-1)?.verify, { kind: 'noVolume', path: '/p/web.qcow2.old' });
  });

  it('makes the new one on a device in the format of the old one', () => {
    const device = volume('/dev/vg/base', { type: 'block', format: undefined });
    const clone = overlay('/p/web.qcow2', device.path, { backing: backing(device.path, { format: 'raw' }) });
    const web = domain(1, 'web', [disk(clone.path)], { baggage: none });
    const pools = [pool('vg', '/dev/vg', [device], { type: 'logical' }), pool('p', '/p', [clone])];
    const [first] = resetToTemplate({ domain: web, me: 1000 }, lineage(pools, [web])).steps;
    assert.ok(first?.verify?.kind === 'overlay');
    assert.equal(first.verify.backingFormat, 'raw');
  });

  it('brings the old one back, after the machine was switched off', () => {
    const undos = reset(on).steps.flatMap(({ undo }) => (undo?.kind === 'restore' ? undo.specs : []));
    const commands = undos
      .reverse()
      .map(({ file, args }) => (file === 'virsh' ? args[2] : [file, ...args].join(' ')));
    assert.deepEqual(commands, [
      'destroy',
      'mv -T -- /p/web.qcow2.old /p/web.qcow2',
      'rm -f -- /p/web.qcow2.old',
    ]);
  });

  it('takes no name that is there', () => {
    const files = [own, volume('/p/web.qcow2.old'), volume('/p/web.qcow2.new')];
    assert.equal(verbs({}, files)[1], 'ln -T -- /p/web.qcow2 /p/web.qcow2.old-2');
  });

  it('resets each overlay, and leaves disks alone that stand on nothing', () => {
    const disks = [disk(own.path), disk('/p/b', { target: 'vdb' }), disk('/p/data', { target: 'vdc' })];
    const plan = reset({ disks, nvram: true }, [own, overlay('/p/b', base.path), volume('/p/data')]);
    assert.equal(argv(plan).filter(([file]) => file === 'mv').length, 2);
    assert.deepEqual(plan.notes, [
      'These disks stand on nothing and stay as they are: vdc.',
      'Its UEFI variables stay as they are.',
    ]);
  });

  it('is quick where it asks nothing', () => {
    assert.equal(reset().quick, true);
    assert.equal(reset({}, [{ ...own, owner: 0 }]).quick, false);
  });

  const clone = (path: string) => domain(3, 'clone', [disk(path)]);
  const shown = { name: 's', images: [] };
  const refusals: readonly [string, () => unknown, RegExp][] = [
    [
      'under a clone of it',
      () => reset({}, [own, overlay('/p/c', own.path)], [clone('/p/c')]),
      /base of clone/,
    ],
    ['a disk of another', () => reset({}, [own], [clone(own.path)]), /also belongs to clone/],
    ['snapshots', () => reset({ baggage: { ...none, snapshots: [shown] } }), /has snapshots.*: s\./],
    ['checkpoints', () => reset({ baggage: { ...none, checkpoints: true } }), /has checkpoints/],
    ['what vanishes', () => reset({ ...on, persistent: false }), /vanishes/],
    [
      'what is no clone',
      () => reset({ disks: [disk('/p/own')] }, [own, volume('/p/own')]),
      /stands on nothing/,
    ],
    ['a read-only overlay', () => reset({}, [{ ...own, mode: 0o444 }]), /read-only/],
    ['other disks after the next start', () => reset({ ...on, nextDisks: [] }), /Restart it first/],
    ['while the template runs', () => reset({}, [own], [], on), /being written to by template/],
    ['a broken chain', () => reset({}, [overlay(own.path, '/p/gone')]), /chain of .* is broken/],
  ];
  for (const [what, build, why] of refusals) it(`refuses ${what}`, () => assert.match(refusalOf(build), why));

  it('is told by UUID', () =>
    assert.ok(
      argv(reset(on)).some((words) => words.join(' ') === `virsh --connect ${uri} start --domain ${uuid(1)}`),
    ));
});
