import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { CommandError } from '../../../src/host/errors';
import type { Expectation, Likeness } from '../../../src/plan/plan';
import { unmet, type Oracle } from '../../../src/run/verify';
import { uri, uuid } from '../builders';
import { FakeHost } from './fakeHost';

type Machine = Extract<Expectation, { kind: 'machine' }>;

const mac = '52:54:00:00:00:01';
const base = '/p/base';
const made = '/p/web.qcow2';
const image = { path: made, format: 'qcow2' };

describe('run/verify', () => {
  const host = new FakeHost();
  host.volumes.set(made, { backing: base, recorded: 'qcow2', capacity: 10 });
  host.volumes.set('/p/raw', { format: 'raw' });
  host.volumes.set('/p/none', { backing: base, recorded: '' });
  host.domains.set('on', { uuid: uuid(1), images: [image], state: 1 });
  host.volumes.set('/p/moved', { backing: base, recorded: 'qcow2', recordedBacking: '/p/before' });
  host.volumes.set('/p/small', { backing: base, recorded: 'qcow2', capacity: 10, recordedCapacity: 9 });
  const two = [image, { path: '/p/web-1.qcow2', format: 'qcow2', target: 'vdb' }];
  host.domains.set('whole', {
    uuid: uuid(4),
    images: two,
    devices: `<interface type='user'><mac address='52:54:00:00:00:01'/></interface>
      <disk device='cdrom'><source file='/iso'/><target dev='sda'/></disk>`,
    rest: `<os><nvram>/vars/whole</nvram></os><metadata><linkedclones:clone
      xmlns:linkedclones='urn:linked-clones:libvirt:1' template='t'/></metadata>`,
  });
  host.domains.set('paused', { uuid: uuid(3), images: [], state: 3 });
  host.domains.set('off', { uuid: uuid(2), images: [image], state: 5 });

  const overlay = {
    kind: 'overlay',
    path: made,
    backing: base,
    backingFormat: 'qcow2',
    capacity: 10,
  } as const;
  const cases: readonly (readonly [string, Parameters<typeof unmet>[0], RegExp | undefined])[] = [
    ['an overlay as planned', overlay, undefined],
    ['an overlay that grew', { ...overlay, capacity: 5 }, undefined],
    ['an overlay that is too small', { ...overlay, capacity: 11 }, /10 bytes, fewer than the 11/],
    ['no overlay', { ...overlay, path: '/p/nothing' }, /not made/],
    ['an overlay that is raw', { ...overlay, path: '/p/raw' }, /is raw, not qcow2/],
    ['another base', { ...overlay, backing: '/p/other' }, /stands on \/p\/base, not on \/p\/other/],
    ['another recorded format', { ...overlay, backingFormat: 'raw' }, /records the format qcow2/],
    ['no recorded format', { ...overlay, path: '/p/none' }, /records the format/],
    ['a machine as planned', { kind: 'machine', name: 'off', images: [image] }, undefined],
    ['no machine', { kind: 'machine', name: 'nobody', images: [] }, /was not made/],
    [
      'a machine without the image',
      { kind: 'machine', name: 'off', images: [{ path: '/p/x', format: 'qcow2' }] },
      /does not use/,
    ],
    [
      'a machine with the wrong driver',
      { kind: 'machine', name: 'off', images: [{ path: made, format: 'raw' }] },
      /as qcow2, not as raw/,
    ],
    ['a machine with each disk in its place', machine({}, two), undefined],
    [
      'overlays in each other’s place',
      machine({}, [{ ...image, target: 'vdb' }]),
      /web\.qcow2 as vda, not as vdb/,
    ],
    [
      'a machine as it should be',
      machine({ memory: 2 ** 31, vcpus: 2, mac, nvram: '/vars/whole' }),
      undefined,
    ],
    ['a clone of its template', machine({ cloneOf: { template: 't' }, notMacs: [`${mac}2`] }), undefined],
    ['too little memory', machine({ memory: 2 ** 31 + 1 }), /bytes of memory, not/],
    ['another number of vCPUs', machine({ vcpus: 1 }), /2 vCPUs, not 1/],
    ['another MAC', machine({ mac: `${mac}2` }), /MAC address 52:54:00:00:00:01, not/],
    ['the MAC of the template', machine({ notMacs: [mac] }), /of another machine/],
    ['the variables of another', machine({ nvram: '/vars/mine' }), /UEFI variables in \/vars\/whole, not/],
    ['a drive that stayed', machine({ drives: 'none' }), /still has the drive sda/],
    ['a medium that stayed', machine({ drives: 'empty' }), /drive sda of whole is not empty/],
    ['another mark', machine({ cloneOf: { template: 'other' } }), /not marked/],
    ['no mark', { ...machine({ cloneOf: { template: 't' } }), name: 'off' }, /not marked/],
    ['a base that only the header names', { ...overlay, path: '/p/moved' }, /stands on \/p\/before/],
    ['a size that only the header tells', { ...overlay, path: '/p/small' }, /9 bytes, fewer than the 10/],
    ['a machine that runs', { kind: 'state', domain: uuid(1), active: true }, undefined],
    ['a paused machine as active', { kind: 'state', domain: 'paused', active: true }, undefined],
    ['a machine that does not run', { kind: 'state', domain: 'off', active: true }, /off is not running/],
    ['a machine that is off', { kind: 'state', domain: 'off', active: false }, undefined],
    ['a machine that is not off', { kind: 'state', domain: 'on', active: false }, /still running/],
    ['the state of nobody', { kind: 'state', domain: 'nobody', active: false }, /does not exist/],
    ['a machine that is gone', { kind: 'noDomain', uuid: uuid(9) }, undefined],
    ['a machine that is still there', { kind: 'noDomain', uuid: uuid(1) }, /still there/],
    ['a volume that is gone', { kind: 'noVolume', path: '/p/nothing' }, undefined],
    ['a volume that is still there', { kind: 'noVolume', path: made }, /still there/],
  ];
  for (const [what, expectation, problem] of cases) {
    it(`${problem === undefined ? 'accepts' : 'notices'} ${what}`, async () => {
      const said = await unmet(expectation, host.means());
      if (problem === undefined) assert.equal(said, undefined);
      else assert.match(said ?? 'nothing', problem);
    });
  }

  it('has libvirt hand over a header that cannot be read here', async () => {
    const remote = new FakeHost();
    remote.volumes.set('/p/far.qcow2', { backing: base, capacity: 10 });
    const { header, run, ...rest } = remote.means({ local: false });
    assert.ok(header);
    let handed = overlayHeader('raw');
    const means = {
      ...rest,
      run: async (spec: Parameters<typeof run>[0]) => {
        const { args } = spec;
        if (!args.includes('vol-download')) return run(spec);
        await writeFile(args[args.indexOf('--file') + 1] ?? '', handed);
        return { stdout: '', stderr: '' };
      },
    };
    const expected = { ...overlay, path: '/p/far.qcow2' };
    assert.match((await unmet(expected, means)) ?? '', /records the format raw/);
    handed = overlayHeader('qcow2');
    assert.equal(await unmet({ ...expected, compat: '1.1' }, means), undefined);
    assert.match((await unmet({ ...expected, compat: '0.10' }, means)) ?? '', /of version 1\.1/);
  });

  it('takes libvirt’s word where nobody hands the header over', async () => {
    const remote = new FakeHost();
    remote.volumes.set('/p/far.qcow2', { backing: base, capacity: 10 });
    const { header, ...means } = remote.means({ local: false });
    assert.ok(header);
    assert.equal(await unmet({ ...overlay, path: '/p/far.qcow2' }, means), undefined);
  });

  it('throws where the host cannot be asked', async () => {
    const dead = new CommandError('unreachable', { file: 'virsh', args: [] }, 1, '');
    const oracle: Oracle = { uri, local: true, run: () => Promise.reject(dead) };
    await assert.rejects(unmet({ kind: 'noDomain', uuid: uuid(1) }, oracle), dead);
    await assert.rejects(unmet({ kind: 'noVolume', path: made }, oracle), dead);
  });
});

function machine(likeness: Likeness, images: Machine['images'] = []): Machine {
  return { kind: 'machine', name: 'whole', images, likeness };
}

/** The header of a qcow2 overlay of version 3 that records this format for its backing store. */
function overlayHeader(format: string): Buffer {
  const name = '/p/base';
  const bytes = Buffer.alloc(512);
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeBigUInt64BE(200n, 8);
  bytes.writeUInt32BE(name.length, 16);
  bytes.writeBigUInt64BE(10n, 24);
  bytes.writeUInt32BE(104, 100);
  bytes.writeUInt32BE(0xe2792aca, 104);
  bytes.writeUInt32BE(format.length, 108);
  bytes.write(format, 112);
  bytes.write(name, 200);
  return bytes;
}
