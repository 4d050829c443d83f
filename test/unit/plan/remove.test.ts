import assert from 'node:assert/strict';
import type { Domain } from '../../../src/host/domain';
import type { Volume } from '../../../src/host/volume';
import { remove, removeAll } from '../../../src/plan/remove';
import { cdrom, disk, domain, lineage, overlay, pool, uri, uuid, volume } from '../builders';
import { argv, refusalOf } from './plans';

function removal(one: Domain, volumes: readonly Volume[], others: readonly Domain[] = []) {
  const { plan, deleted, kept } = remove(one, lineage([pool('p', '/p', volumes)], [one, ...others]));
  return { plan, kept: [...kept].sort(), deleted: deleted.map(({ path }) => path) };
}

const undefine = (...words: string[]) => ['virsh', '--connect', uri, 'undefine', '--domain', ...words];
const volDelete = (path: string) => ['virsh', '--connect', uri, 'vol-delete', '--vol', path];

describe('plan/remove', () => {
  const top = `/p/it's "top" $(x) & <é>`;
  const base = volume('/p/base');

  it('takes the machine and its own overlays along, and nothing else', () => {
    const one = domain(1, `it's $(x)`, [
      disk(top),
      disk('/p/top2', { target: 'vdb' }),
      disk('/p/plain', { target: 'vdc' }),
      disk('/p/read-only', { target: 'vdd', readonly: true }),
      disk('/p/shareable', { target: 'vde', shareable: true }),
      disk('/elsewhere/a', { target: 'vdf' }),
      cdrom('/p/iso'),
      disk(undefined, { target: 'sdb', device: 'cdrom', readonly: true }),
    ]);
    const volumes = [
      base,
      overlay(top, base.path),
      overlay('/p/top2', '/p/elsewhere'),
      volume('/p/plain'),
      overlay('/p/read-only', base.path),
      overlay('/p/shareable', base.path),
      volume('/p/iso'),
    ];
    const { plan, deleted, kept } = removal(one, volumes);
    assert.deepEqual(argv(plan), [undefine(one.uuid), volDelete(top), volDelete('/p/top2')]);
    assert.deepEqual(deleted, [top, '/p/top2']);
    assert.deepEqual(kept, ['/elsewhere/a', '/p/iso', '/p/plain', '/p/read-only', '/p/shareable']);
    assert.deepEqual(
      plan.steps.map(({ verify }) => verify),
      [
        { kind: 'noDomain', uuid: uuid(1) },
        { kind: 'noVolume', path: top },
        { kind: 'noVolume', path: '/p/top2' },
      ],
    );
  });

  it('never uses what libvirt would decide by itself', () => {
    const { plan } = removal(domain(1, 'a', [disk(top)]), [base, overlay(top, base.path)]);
    for (const words of argv(plan)) {
      assert.ok(!words.includes('--remove-all-storage') && !words.includes('--storage'));
    }
  });

  it('keeps an overlay that another machine uses', () => {
    const volumes = [base, overlay(top, base.path)];
    for (const other of [disk(top), disk(top, { readonly: true }), cdrom(top)]) {
      const { deleted, kept, plan } = removal(domain(1, 'a', [disk(top)]), volumes, [
        domain(2, 'b', [other]),
      ]);
      assert.deepEqual([deleted, kept, plan.steps.length], [[], [top], 1]);
    }
  });

  it('keeps the base when its last clone goes', () => {
    const template = domain(2, 'template', [disk(base.path)]);
    const { plan, deleted } = removal(
      domain(1, 'a', [disk(top)]),
      [base, overlay(top, base.path)],
      [template],
    );
    assert.deepEqual(deleted, [top]);
    assert.ok(!argv(plan).flat().includes(base.path));
  });

  it('deletes an overlay whose base is missing', () => {
    const orphan = overlay(top, '/gone', { backing: { path: '/gone', format: undefined, found: false } });
    assert.deepEqual(removal(domain(1, 'a', [disk(top)]), [orphan]).deleted, [top]);
  });

  it('deletes an overlay once that the machine has twice', () => {
    const one = domain(1, 'a', [disk(top), disk(top, { target: 'vdb' })]);
    assert.deepEqual(removal(one, [base, overlay(top, base.path)]).deleted, [top]);
  });

  it('leaves the image of an ordinary machine alone', () => {
    const { plan, kept } = removal(domain(1, 'a', [disk(base.path)]), [base]);
    assert.deepEqual([argv(plan), kept], [[undefine(uuid(1))], [base.path]]);
  });

  it('takes UEFI variables along', () => {
    const { plan } = removal(domain(1, 'a', [], { nvram: true }), []);
    assert.deepEqual(argv(plan), [undefine(uuid(1), '--nvram')]);
  });

  it('takes along what else libvirt keeps of it, and only then says so to libvirt', () => {
    const baggage = {
      autostart: true,
      managedSave: true,
      checkpoints: true,
      snapshots: [{ name: 's', images: [] }],
    };
    const { plan } = removal(domain(1, 'a', [], { baggage, tpm: true, tpmStays: true }), []);
    const flags = ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', '--tpm'];
    assert.deepEqual(argv(plan), [undefine(uuid(1), ...flags)]);
    const none = { autostart: true, managedSave: false, checkpoints: false, snapshots: [] };
    assert.deepEqual(argv(removal(domain(1, 'a', [], { baggage: none, tpm: true }), []).plan), [
      undefine(uuid(1)),
    ]);
  });

  it('refuses a volume that is the kernel or the UEFI variables of a machine', () => {
    const kernel = volume('/p/vmlinuz', { format: 'raw' });
    const world = lineage([pool('p', '/p', [kernel])], [domain(1, 'a', [], { files: [kernel.path] })]);
    assert.match(
      refusalOf(() => removeAll({ domains: [], volumes: [kernel] }, world)),
      /belongs to a/,
    );
  });

  it('keeps UEFI variables that another machine has too', () => {
    const uefi = { nvram: true, nvramFile: '/n/VARS.fd' };
    const { plan } = removal(domain(1, 'a', [], uefi), [], [domain(2, 'b', [], uefi)]);
    assert.deepEqual(argv(plan), [undefine(uuid(1), '--keep-nvram')]);
  });

  it('tells virsh a number by its UUID', () => {
    assert.deepEqual(argv(removal(domain(1, '42', []), []).plan), [undefine(uuid(1))]);
  });

  for (const state of ['running', 'paused', 'shutdown'] as const) {
    it(`refuses a machine that is ${state}`, () => {
      const one = domain(1, 'a', [disk(top)], { state });
      assert.match(
        refusalOf(() => removal(one, [])),
        /not switched off/,
      );
    });
  }

  it('refuses a machine that others stand on, though they are off, and names them', () => {
    const one = domain(1, 'template', [disk(base.path)]);
    const volumes = [base, overlay('/p/b', base.path), overlay('/p/nobody', base.path)];
    assert.match(
      refusalOf(() => removal(one, volumes, [domain(2, 'clone', [disk('/p/b')])])),
      /the base of clone, nobody\b/,
    );
  });
});
