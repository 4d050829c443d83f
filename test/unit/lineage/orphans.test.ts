import assert from 'node:assert/strict';
import { orphansOf } from '../../../src/lineage/orphans';
import { removeOrphans } from '../../../src/plan/removeOrphans';
import { cdrom, disk, domain, lineage, overlay, pool, volume } from '../builders';

const now = 100_000;
const old = { modified: 1000 };

function kinds(...args: Parameters<typeof lineage>): string[] {
  return orphansOf(lineage(...args), now).map(({ kind, volume: { name } }) => `${kind} ${name}`);
}

describe('lineage/orphans', () => {
  it('finds overlays, disks and bases that no machine has, also through what stands on them', () => {
    const volumes = [
      volume('/p/template', old),
      overlay('/p/used', '/p/template', old),
      overlay('/p/lost', '/p/template', old),
      volume('/p/lonely', old),
      overlay('/p/on-lonely', '/p/lonely', old),
      volume('/p/former', { ...old, mode: 0o444 }),
      volume('/p/disk', old),
    ];
    assert.deepEqual(kinds([pool('p', '/p', volumes)], [domain(1, 'one', [disk('/p/used')])]), [
      'overlay lost',
      'base lonely',
      'overlay on-lonely',
      'base former',
      'disk disk',
    ]);
  });

  it('takes no disk, drive, shared image, snapshot or next disk of a machine', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const baggage = {
      autostart: false,
      managedSave: false,
      checkpoints: false,
      snapshots: [{ name: 's', images: ['/p/d'] }],
    };
    const one = domain(1, 'one', [disk('/p/a'), cdrom('/p/b'), disk('/p/c', { shareable: true })], {
      baggage,
      nextDisks: [disk('/p/e')],
    });
    assert.deepEqual(
      kinds(
        [
          pool(
            'p',
            '/p',
            names.map((name) => volume(`/p/${name}`, old)),
          ),
        ],
        [one],
      ),
      [],
    );
  });

  it('takes no kernel, firmware, variables or memory of a machine', () => {
    const names = ['/p/kernel', '/p/VARS.fd'];
    const volumes = names.map((name) => volume(name, { ...old, format: 'raw' }));
    const one = domain(1, 'one', [], { files: names });
    assert.deepEqual(kinds([pool('p', '/p', volumes)], [one]), []);
  });

  it('sets apart media, uploads, and what is younger than an hour; passes over what cannot be read', () => {
    const volumes = [
      volume('/p/cd', { ...old, format: 'iso' }),
      volume('/p/upload', { ...old, format: 'raw' }),
      overlay('/p/new', '/p/x', { modified: now - 3599 }),
      overlay('/p/older', '/p/x', { modified: now - 3601 }),
      volume('/p/unread', { ...old, problem: 'denied' }),
      volume('/p/dir', { ...old, type: 'dir' }),
    ];
    assert.deepEqual(kinds([pool('p', '/p', volumes)]), [
      'media cd',
      'media upload',
      'young new',
      'overlay older',
    ]);
  });
});

describe('plan/removeOrphans', () => {
  const file = { path: '/n/old_VARS.fd', owner: 0, allocation: 1 };
  const plan = (...domains: Parameters<typeof lineage>[1] & object) =>
    removeOrphans({ volumes: [], nvram: [file], me: 0 }, lineage([], domains));

  it('takes the UEFI variables of a machine that is gone', () => {
    assert.deepEqual(
      plan(domain(1, 'other', [])).steps.map(({ spec }) => spec.args),
      [['--', file.path]],
    );
  });

  it('never those that a machine has by now, or one may have that cannot be read', () => {
    assert.throws(() => plan(domain(1, 'old', [])), /belongs to old by now/);
    assert.throws(() => plan(domain(1, 'x', [], { nvramFile: file.path })), /belongs to x by now/);
    assert.throws(() => plan(domain(1, 'x', [], { problem: 'denied' })), /x cannot be read/);
  });
});
