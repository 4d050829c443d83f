import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { importVolume } from '../../src/plan/importVolume';
import { methods } from '../../src/plan/machine';
import { volumeTools } from '../../src/plan/overlay';
import { toScript } from '../../src/plan/script';
import { volumeClone } from '../../src/plan/volumeClone';
import { unmet } from '../../src/run/verify';
import { Clones } from '../support/clones';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

const mebibyte = 2 ** 20;
const machine = { type: 'qemu', memory: 64 * mebibyte, vcpus: 1, osinfo: 'generic', networks: [] };

describe('the overlays of linked clones', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;
  let base: string;
  let second: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    base = path.join(lab.poolDir, 'base.qcow2');
    second = path.join(lab.dir, 'second pool');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', base, '8M');
    await lab.virsh('pool-refresh', 'default');
    await lab.definePool('second', second);
    await clones.define('template', diskOn(base));
  });
  after(() => lab.dispose());

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
  });

  for (const volumeTool of volumeTools) {
    it(`by ${volumeTool} are at least as large as asked for, to the byte (HAZARDS 3)`, async () => {
      for (const [name, capacity, size] of [
        ['inherits', undefined, 8 * mebibyte],
        ['same', 8 * mebibyte, 8 * mebibyte],
        ['grows', 3 * 2 ** 30, 3 * 2 ** 30],
      ] as const) {
        await clones.make('template', {
          name: `${name}-${volumeTool}`,
          volumeTool,
          capacity,
          method: 'define',
        });
        const info = await clones.image(path.join(lab.poolDir, `${name}-${volumeTool}.qcow2`));
        assert.equal(info['virtual-size'], size, name);
      }
      // libvirt counts in KiB, qemu-img in sectors: never less than asked for.
      const odd = 8 * mebibyte + 1;
      await clones.make('template', {
        name: `odd-${volumeTool}`,
        volumeTool,
        capacity: odd,
        method: 'define',
      });
      const size = (await clones.image(path.join(lab.poolDir, `odd-${volumeTool}.qcow2`)))['virtual-size'];
      assert.ok(size >= odd && size <= odd + 1023, `${size}`);
    });

    it(`by ${volumeTool} stand on their base by an absolute path, also in another pool (HAZARDS 5, 6)`, async () => {
      const { pools } = (await host.lineage()).inventory;
      const pool = pools.find(({ name }) => name === 'second');
      assert.ok(pool);
      const name = `elsewhere-${volumeTool}`;
      await clones.make('template', { name, volumeTool, pool, method: 'define' });
      const info = await clones.image(path.join(second, `${name}.qcow2`));
      assert.deepEqual([info['full-backing-filename'], info['backing-filename-format']], [base, 'qcow2']);
      const clone = await clones.domain(name);
      assert.equal((await host.lineage()).parentOf(clone)?.name, 'template');
    });
  }

  it('are verified: a truncated one, one that is too small and one of another format are noticed', async () => {
    const { uri, run, local } = host.host;
    const made = path.join(lab.poolDir, 'made.qcow2');
    const expected = {
      kind: 'overlay',
      path: made,
      backing: base,
      backingFormat: 'qcow2',
      capacity: 8 * mebibyte,
    } as const;
    const create = async (...args: string[]) => {
      await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, ...args);
      await lab.virsh('pool-refresh', 'default');
      return unmet(expected, { uri, run, local });
    };
    assert.equal(await create('-F', 'qcow2', made), undefined);
    assert.match((await create('-F', 'qcow2', made, '4M')) ?? '', /4194304 bytes, fewer than the 8388608/);
    assert.match((await create('-F', 'raw', made, '8M')) ?? '', /records the format raw/);
  });

  for (const [what, source] of [
    ['alone', (file: string) => diskOn(file, '', 'raw')],
    ['together with others', (file: string) => diskOn(file, '<shareable/>', 'raw')],
  ] as const) {
    it(`are not made on a base to which another machine writes ${what} (HAZARDS 7)`, async () => {
      const file = path.join(lab.poolDir, 'busy.img');
      await lab.run('qemu-img', 'create', '-q', '-f', 'raw', file, '8M');
      await lab.virsh('pool-refresh', 'default');
      await clones.define('busy', diskOn(file, '', 'raw'));
      await clones.define('writer', source(file));
      await clones.plan('busy', { name: 'no' });
      await lab.virsh('start', 'writer', '--paused');
      try {
        for (const method of methods)
          await assert.rejects(clones.plan('busy', { name: 'no', method }), /written to by writer/);
      } finally {
        await lab.virsh('destroy', 'writer');
        for (const name of ['writer', 'busy']) await lab.virsh('undefine', name);
      }
    });
  }

  it('may be many on one base, which no machine can then be made on (HAZARDS 36)', async () => {
    const lone = path.join(lab.poolDir, 'lone.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', lone, '8M');
    await lab.virsh('pool-refresh', 'default');
    await clones.define('lone', diskOn(lone));
    for (const name of ['lone-1', 'lone-2', 'lone-3'])
      await clones.make('lone', { name, method: 'virt-install' });
    await lab.virsh('undefine', 'lone');
    const lineage = await host.lineage();
    const volume = lineage.volume(lone);
    assert.ok(volume);
    assert.equal(lineage.overlaysOf(lone).length, 3);
    assert.throws(
      () => importVolume({ ...machine, name: 'no', volume }, lineage),
      /backing store of .*lone-1/,
    );
  });

  it('get a machine by virt-install where the base has none, whichever tool makes them', async () => {
    const image = path.join(lab.poolDir, 'cloud.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '8M');
    await lab.virsh('pool-refresh', 'default');
    for (const volumeTool of volumeTools) {
      const lineage = await host.lineage();
      const cloud = lineage.volume(image);
      assert.ok(cloud);
      const name = `cloud-${volumeTool}`;
      const rest = { pool: undefined, capacity: undefined, start: false };
      await host.run(volumeClone({ ...machine, ...rest, base: cloud, name, volumeTool }, lineage));
      const clone = await clones.domain(name);
      const overlay = path.join(lab.poolDir, `${name}.qcow2`);
      assert.deepEqual(
        clone.disks.map(({ target, source, format }) => [target, source, format]),
        [['vda', overlay, 'qcow2']],
      );
      assert.deepEqual(clone.mark, { kind: 'clone', of: undefined });
      assert.equal((await clones.image(overlay))['full-backing-filename'], image);
    }
  });

  it('are not made by looking at the commands (HAZARDS 34)', async () => {
    const before = [await readdir(lab.poolDir), await clones.names('list')];
    for (const method of methods)
      for (const volumeTool of volumeTools)
        assert.match(toScript(await clones.plan('template', { name: 'seen', method, volumeTool })), /seen/);
    await lab.virsh('pool-refresh', 'default');
    assert.deepEqual([await readdir(lab.poolDir), await clones.names('list')], before);
  });
});

function diskOn(file: string, more = '', format = 'qcow2'): string {
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/><target dev='vda' bus='virtio'/>${more}</disk>`;
}
