import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Lineage } from '../../src/lineage/lineage';
import { InUse } from '../../src/plan/guard';
import { remove, removeAll } from '../../src/plan/remove';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a clone, deleted from a real host', () => {
  let lab: Lab;
  let host: LabHost;
  let base: LabMachine;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    base = await lab.addMachine('base');
  });
  after(() => lab.dispose());

  const at = (name: string) => path.join(lab.poolDir, name);
  const machine = ({ inventory }: Lineage, name: string) =>
    inventory.domains.find((one) => one.name === name) ?? assert.fail(`no ${name}`);

  async function addClone(name: string, on = base.path, overlay = at(`${name}.qcow2`)): Promise<string> {
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', on, overlay);
    await lab.virsh('pool-refresh', 'default');
    const original = ['--original', 'base', '--name', name, '--file', overlay, '--preserve-data'];
    await lab.run('virt-clone', '--connect', lab.uri, ...original, '--check', 'path_in_use=off');
    return overlay;
  }

  async function removed(...names: readonly string[]) {
    const lineage = await host.lineage();
    const removal = removeAll({ domains: names.map((name) => machine(lineage, name)), volumes: [] }, lineage);
    await host.run(removal.plan);
    return {
      deleted: removal.deleted.map(({ name }) => name),
      kept: removal.kept.map((file) => path.basename(file)),
      outside: removal.outside.map(({ path: file }) => file),
    };
  }

  async function left(): Promise<{ files: string[]; machines: string[] }> {
    const machines = (await lab.virsh('list', '--all', '--name'))
      .split('\n')
      .filter((name) => name.trim() !== '');
    return { files: (await readdir(lab.poolDir)).sort(), machines };
  }

  const untouched = { files: ['base.qcow2'], machines: ['base'] };

  it('takes snapshots, saved memory and autostart along', async () => {
    await addClone('clone');
    await lab.virsh('snapshot-create-as', 'clone', 'inside');
    await lab.virsh('autostart', 'clone');
    await lab.virsh('start', 'clone', '--paused');
    await lab.virsh('managedsave', 'clone');
    const { baggage } = machine(await host.lineage(), 'clone');
    const own = [at('clone.qcow2')];
    assert.deepEqual(baggage, {
      autostart: true,
      managedSave: true,
      checkpoints: false,
      snapshots: [
        {
          name: 'inside',
          images: own,
          written: own,
          inside: own,
          current: true,
          state: 'shutoff',
          created: baggage?.snapshots[0]?.created,
        },
      ],
    });
    assert.deepEqual(await removed('clone'), { deleted: ['clone.qcow2'], kept: [], outside: [] });
    assert.deepEqual(await left(), untouched);
    const autostart = path.join(lab.dir, 'c/libvirt/qemu/autostart');
    assert.deepEqual(await readdir(autostart).catch(() => []), []);
    const saves = path.join(lab.dir, 'c/libvirt/qemu/save');
    assert.deepEqual(
      (await readdir(saves)).filter((name) => name.endsWith('.save')),
      [],
    );
  });

  it('takes the overlays along that its snapshots made, never the base below them', async () => {
    await addClone('clone');
    for (const name of ['one', 'two']) {
      const spec = `vda,snapshot=external,file=${at(`clone.${name}`)}`;
      await lab.virsh('snapshot-create-as', 'clone', name, '--disk-only', '--diskspec', spec);
    }
    const { deleted } = await removed('clone');
    assert.deepEqual(deleted, ['clone.two', 'clone.one', 'clone.qcow2']);
    assert.deepEqual(await left(), untouched);
  });

  it('keeps the image of an ordinary machine below its snapshot', async () => {
    const one = await lab.addMachine('plain');
    const spec = `vda,snapshot=external,file=${at('plain.snap')}`;
    await lab.virsh('snapshot-create-as', 'plain', 's', '--disk-only', '--diskspec', spec);
    assert.deepEqual(await removed('plain'), { deleted: ['plain.snap'], kept: ['plain.qcow2'], outside: [] });
    assert.ok(existsSync(one.path));
    await lab.run('rm', one.path);
  });

  it('keeps an overlay that it only reads, also when a snapshot names it', async () => {
    await addClone('clone');
    const data = at('data.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, data);
    const readOnly = ['--source', data, '--target', 'vdb', '--subdriver', 'qcow2', '--mode', 'readonly'];
    await lab.virsh('attach-disk', '--domain', 'clone', ...readOnly, '--config');
    const disks = [
      '--diskspec',
      `vda,snapshot=external,file=${at('clone.s')}`,
      '--diskspec',
      'vdb,snapshot=no',
    ];
    await lab.virsh('snapshot-create-as', 'clone', 's', '--disk-only', ...disks);
    const { deleted, kept } = await removed('clone');
    assert.deepEqual([deleted, kept], [['clone.s', 'clone.qcow2'], ['data.qcow2']]);
    assert.ok(existsSync(data));
    await lab.run('rm', data);
    assert.deepEqual(await left(), untouched);
  });

  it('takes its own UEFI variables along, and not those of another', async () => {
    const vars = path.join(lab.dir, 'VARS.fd');
    for (const name of ['uefi-one', 'uefi-two']) {
      const overlay = await addClone(name);
      const xml = (await lab.virsh('dumpxml', name)).replace(
        /<boot dev='hd'\/>/,
        `<loader readonly='yes' type='pflash'>${base.path}</loader><nvram>${vars}</nvram><boot dev='hd'/>`,
      );
      const file = path.join(lab.dir, 'uefi.xml');
      await writeFile(file, xml);
      await lab.virsh('define', file);
      assert.ok(existsSync(overlay));
    }
    await writeFile(vars, 'boot entries');
    await removed('uefi-one');
    assert.equal(await readFile(vars, 'utf8'), 'boot entries');
    await removed('uefi-two');
    assert.equal(existsSync(vars), false);
    assert.deepEqual(await left(), untouched);
  });

  it('says of an overlay in no pool that it stays', async () => {
    const outside = path.join(lab.dir, 'outside');
    await mkdir(outside);
    const overlay = path.join(outside, 'far.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base.path, overlay);
    const xml = (await lab.virsh('dumpxml', 'base'))
      .replace(/<(uuid|mac) ?.*>/g, '')
      .replace(base.path, overlay);
    const file = path.join(lab.dir, 'far.xml');
    await writeFile(file, xml.replace('<name>base<', '<name>far<'));
    await lab.virsh('define', file);
    assert.deepEqual(await removed('far'), { deleted: [], kept: [], outside: [overlay] });
    assert.ok(existsSync(overlay));
    await lab.run('rm', overlay);
    assert.deepEqual(await left(), untouched);
  });

  it('goes with its siblings and its own clones at once, and with its template, whose image stays', async () => {
    await addClone('a');
    await addClone('b');
    await addClone('b-1', at('b.qcow2'));
    const lineage = await host.lineage();
    for (const names of [['b'], ['base'], ['base', 'a', 'b']]) {
      const domains = names.map((name) => machine(lineage, name));
      assert.throws(
        () => removeAll({ domains, volumes: [] }, lineage),
        (error) => error instanceof InUse && error.message.includes('b-1'),
      );
    }
    const { deleted } = await removed('a', 'b', 'b-1');
    assert.deepEqual(
      deleted.indexOf('b-1.qcow2') < deleted.indexOf('b.qcow2'),
      true,
      'what stands on it goes first',
    );
    assert.deepEqual(await left(), untouched);
  });

  it('goes as a volume too where no machine has it, and a base only with all that stands on it', async () => {
    await addClone('user');
    for (const [name, on] of [
      ['spare', base.path],
      ['spare-1', at('spare.qcow2')],
    ] as const)
      await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', on, at(`${name}.qcow2`));
    const lineage = await host.lineage();
    const volumes = (...names: readonly string[]) =>
      names.map((name) => lineage.volume(at(name)) ?? assert.fail(name));
    const plan = (...names: readonly string[]) =>
      removeAll({ domains: [], volumes: volumes(...names) }, lineage).plan;
    assert.throws(() => plan('user.qcow2'), /belongs to user/);
    assert.throws(
      () => plan('base.qcow2'),
      (error) => error instanceof InUse && /spare.qcow2, user, spare-1.qcow2 \(images: 3/.test(error.message),
    );
    assert.throws(() => plan('spare.qcow2'), InUse);
    await host.run(plan('spare.qcow2', 'spare-1.qcow2'));
    await removed('user');
    assert.deepEqual(await left(), untouched);
  });

  it('leaves the contents of its siblings as they are', async () => {
    await addClone('kept');
    await addClone('gone');
    const boots = async (nth: number) => {
      await lab.virsh('start', 'kept');
      const line = await lab.waitForReady('kept', 110_000);
      assert.match(line, new RegExp(`READY boots=${nth} .* data=ok `));
      await lab.virsh('destroy', 'kept');
    };
    await boots(1);
    const before = await lab.hash(at('kept.qcow2'));
    const baseBefore = await lab.hash(base.path);
    await host.run(remove(machine(await host.lineage(), 'gone'), await host.lineage()).plan);
    assert.deepEqual([await lab.hash(at('kept.qcow2')), await lab.hash(base.path)], [before, baseBefore]);
    await boots(2);
    await removed('kept');
  });
});
