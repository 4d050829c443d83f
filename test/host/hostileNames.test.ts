import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { quoteForVirsh } from '../../src/host/commandLine';
import { canBeTyped } from '../../src/host/framing';
import { VirshSession } from '../../src/host/session';
import { domainXml } from '../support/domainXml';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

const part = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
  fc.constantFrom(
    `'`,
    '"',
    '\\',
    ';',
    '#',
    '$(id)',
    '--all',
    ' ',
    '   ',
    '~\\b',
    ']]>',
    '&amp;',
    '\u202e',
    '\u2028',
    '%s',
  ),
);
// What libvirt takes for a name: no slash and no line break, and what XML may hold.
const name = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join('').replace(/[^\t\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]|\//gu, ''))
  .filter((text) => text !== '' && !/^\.{1,2}$/.test(text) && Buffer.byteLength(text) < 200);

describe('hostile names', () => {
  let lab: Lab;
  let labHost: LabHost;

  before(async () => {
    lab = await createLab();
    labHost = new LabHost(lab);
  });

  after(async () => {
    labHost.host.dispose();
    await lab.dispose();
  });

  it('go through a session as they are', async () => {
    const session = new VirshSession(() => ({ file: 'virsh', uri: lab.uri, env: lab.env }));
    await fc.assert(
      fc.asyncProperty(name.filter(canBeTyped), async (text) => {
        const { stdout, stderr } = await session.ask(`echo -- ${quoteForVirsh(text)}`);
        assert.deepEqual([stdout.replace(/\n$/, ''), stderr], [text, '']);
      }),
      { numRuns: 300 },
    );
    session.dispose();
  });

  it('are those of machines and volumes, read and read again by themselves', async () => {
    const names = [...new Set(fc.sample(name, { numRuns: 40, seed: 7 }))];
    for (const [index, text] of names.entries()) {
      await writeFile(path.join(lab.poolDir, text), 'x');
      const file = path.join(lab.dir, 'hostile.xml');
      await writeFile(file, domainXml(text, uuidOf(index), path.join(lab.poolDir, text), {}));
      await lab.virsh('define', '--file', file);
    }
    await lab.virsh('pool-refresh', 'default');
    const read = async () => {
      const { inventory, error } = await labHost.host.refresh('all');
      assert.equal(error, undefined);
      assert.ok(inventory);
      const inPool = (text: string) => path.join(lab.poolDir, text);
      const machines = inventory.domains.map((domain) => [
        domain.name,
        domain.disks[0]?.source,
        domain.problem,
      ]);
      const volumes = inventory.pools.flatMap((pool) =>
        pool.volumes.map((volume) => [volume.name, volume.path, volume.problem]),
      );
      const wanted = names.map((text) => [text, inPool(text), undefined]);
      assert.deepEqual(sorted(machines), sorted(wanted));
      assert.deepEqual(sorted(volumes), sorted(wanted));
    };
    await read();
    await labHost.host.reread({
      domains: names.filter((text) => !/^\d+$/.test(text)),
      volumes: names.map((text) => path.join(lab.poolDir, text)),
    });
    await read();
  });
});

function uuidOf(index: number): string {
  return `66666666-6666-4666-8666-${String(index).padStart(12, '0')}`;
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
