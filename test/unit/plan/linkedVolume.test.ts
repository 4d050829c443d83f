import assert from 'node:assert/strict';
import { linkedVolume, type LinkedVolumeAnswers } from '../../../src/plan/linkedVolume';
import { disk, domain, gibibyte, lineage, pool, uri, volume } from '../builders';
import { argv, refusalOf } from './plans';

const base = volume(`/p/it's "base" $(x).qcow2`);
const home = pool('my pool', '/p//', [base]);

function plan(answers: Partial<LinkedVolumeAnswers> = {}, domains = [domain(1, 't', [])]) {
  return linkedVolume(
    { base, name: 'new', pool: undefined, capacity: undefined, volumeTool: 'vol-create-as', ...answers },
    lineage([home], domains),
  );
}

describe('plan/linkedVolume', () => {
  const name = `it's "new" $(id) é.img`;

  it('makes it with libvirt', () => {
    const made = plan({ name });
    assert.equal(made.path, `/p/${name}`);
    assert.deepEqual(argv(made), [
      ['virsh', '--connect', uri, 'vol-dumpxml', '--vol', base.path],
      [
        ...['virsh', '--connect', uri, 'vol-create-as', '--pool', 'my pool', '--name', name],
        ...['--capacity', '1073741824', '--format', 'qcow2'],
        ...['--backing-vol', base.path, '--backing-vol-format', 'qcow2'],
      ],
      ['qemu-img', 'amend', '-f', 'qcow2', '-o', 'compat=1.1', `/p/${name}`],
    ]);
  });

  it('makes it with qemu-img, in another pool, larger, with < and &', () => {
    const answers = {
      name: 'a<b&c',
      pool: pool('other', '/o', []),
      capacity: 2 * gibibyte,
      volumeTool: 'qemu-img',
    } as const;
    assert.deepEqual(argv(plan(answers)).slice(1), [
      [
        ...['qemu-img', 'create', '-f', 'qcow2', '-b', base.path, '-F', 'qcow2'],
        ...['/o/a<b&c', '2147483648'],
      ],
      ['virsh', '--connect', uri, 'pool-refresh', '--pool', 'other'],
    ]);
  });

  it('takes a number for a name: only domains have ids', () => {
    assert.equal(plan({ name: '42' }).path, '/p/42');
  });

  it('refuses what cannot be made or would not be safe', () => {
    assert.match(
      refusalOf(() => plan({ name: 'a&b' })),
      /Choose the volume tool vol-create/,
    );
    assert.match(
      refusalOf(() => plan({ name: base.name })),
      /already a volume/,
    );
    assert.match(
      refusalOf(() => plan({ name: '../x' })),
      /"\/"/,
    );
    assert.match(
      refusalOf(() => plan({ base: volume('/unknown') })),
      /Choose one/,
    );
    assert.match(
      refusalOf(() => plan({}, [domain(1, 'writer', [disk(base.path)], { state: 'running' })])),
      /writer, which is running/,
    );
    assert.match(
      refusalOf(() => plan({ base: volume('/p/d', { type: 'dir', format: 'dir' }) })),
      /type dir/,
    );
  });
});
