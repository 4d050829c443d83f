import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseXml } from '../../src/host/xml';
import { drivesWishes } from '../../src/plan/definitionDisks';
import { methods } from '../../src/plan/machine';
import { Clones } from '../support/clones';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('the disks and drives of a linked clone', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;
  /** The template's images by their targets, each with contents of its own. */
  let bases: ReadonlyMap<string, string>;
  let iso: string;
  let floppy: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    const second = path.join(lab.dir, 'second');
    const outside = path.join(lab.dir, 'outside');
    for (const directory of [second, outside]) await mkdir(directory);
    bases = new Map([
      ['sdb', path.join(second, 'one.img')],
      ['vda', path.join(lab.poolDir, 'two.qcow2')],
      ['vdb', path.join(second, 'three.qcow2')],
    ]);
    for (const [target, file] of bases) {
      const contents = path.join(lab.dir, 'contents');
      await writeFile(contents, target.repeat(2 ** 19));
      const format = file.endsWith('.img') ? 'raw' : 'qcow2';
      await lab.run('qemu-img', 'convert', '-f', 'raw', '-O', format, contents, file);
    }
    for (const name of ['shared.img', 'fixed.img'])
      await writeFile(path.join(lab.poolDir, name), Buffer.alloc(2 ** 20));
    [iso, floppy] = [path.join(outside, 'x.iso'), path.join(lab.poolDir, 'floppy.img')];
    await writeFile(iso, Buffer.alloc(2 ** 16));
    await writeFile(floppy, Buffer.alloc(1440 * 1024));
    await lab.virsh('pool-refresh', 'default');
    await lab.definePool('second', second);
    await clones.define('many', manyDisks());
  });
  after(() => lab.dispose());

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
    assert.deepEqual(await clones.names('pool-list'), ['default', 'second'], 'no pool appeared by itself');
  });

  for (const method of methods) {
    it(`by ${method} stand each on its own base, whatever their order, pools and sources (HAZARDS 28)`, async () => {
      const name = `clone-${method}`;
      await clones.make('many', { name, method });
      const template = await clones.domain('many');
      const clone = await clones.domain(name);
      const overlaid = template.disks.map(({ target }) => target).filter((target) => bases.has(target));
      assert.deepEqual([...overlaid].sort(), ['sdb', 'vda', 'vdb']);
      // virt-install numbers the targets anew, by their buses: it has the disks only, in the template's order.
      const files = new Map(clone.disks.map(({ source, target }) => [target, source]));
      const places = method === 'virt-install' ? byOrder(overlaid) : new Map(overlaid.map((t) => [t, t]));
      for (const [target, place] of places) {
        const overlay = files.get(place) ?? assert.fail(`${name} has no disk ${place}`);
        const base = bases.get(target) ?? assert.fail(target);
        const info = await clones.image(overlay);
        assert.equal(info['full-backing-filename'], base, `${place} of ${name}`);
        const format = base.endsWith('.img') ? 'raw' : 'qcow2';
        await lab.run('qemu-img', 'compare', '-f', 'qcow2', '-F', format, overlay, base);
        assert.equal(clone.disks.find((disk) => disk.target === place)?.format, 'qcow2');
      }
      const rest = clone.disks.filter(({ target }) => ![...places.values()].includes(target));
      assert.deepEqual(
        rest.map(({ target, source }) => [target, source === undefined ? undefined : path.basename(source)]),
        method === 'virt-install'
          ? []
          : [
              ['vdc', 'fixed.img'],
              ['vdd', 'shared.img'],
              ['sda', undefined],
            ].sort(),
        'what is no disk of its own stays as it is',
      );
    });
  }

  for (const drives of drivesWishes) {
    it(`with an ISO outside all pools: the drive is made ${drives}, and no pool appears (HAZARDS 32)`, async () => {
      for (const method of ['virt-clone', 'define'] as const) {
        const name = `${drives}-${method}`;
        await clones.make('many', { name, method, drives });
        const drive = (await clones.domain(name)).disks.find(({ target }) => target === 'sda');
        assert.deepEqual(
          [drive?.device, drive?.source],
          { empty: ['cdrom', undefined], drop: [undefined, undefined], keep: ['cdrom', iso] }[drives],
          method,
        );
      }
    });
  }

  it('are counted otherwise by virt-clone where a floppy has media: such a template is defined here (HAZARDS 28)', async () => {
    const drive = `<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='${floppy}'/><target dev='fda' bus='fdc'/></disk>`;
    const disk = diskOf('vda', bases.get('vda') ?? '');
    await clones.define('floppy', drive + disk);
    const overlay = path.join(lab.poolDir, 'shifted.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', overlay, '1M');
    await lab.virsh('pool-refresh', 'default');
    // The tool as it is, so that one that counts otherwise is noticed.
    assert.equal((await placesOf('floppy', overlay)).get('fda'), overlay);
    // And with a disk whose image is shared by what is thrown away: of that it takes none.
    const [, two = '', three = ''] = [...bases.values()];
    const transient = diskOf('vda', two, 'virtio', `<transient shareBacking='yes'/>`);
    await clones.define('transient', transient + diskOf('vdb', three));
    assert.equal((await placesOf('transient', overlay)).get('vdb'), overlay);
    await assert.rejects(clones.plan('transient', { name: 'no' }), /wrong places.*vda/);

    await assert.rejects(clones.plan('floppy', { name: 'no' }), /wrong places.*fda.*method define/);
    await clones.make('floppy', { name: 'right', method: 'define', drives: 'keep' });
    const { disks } = await clones.domain('right');
    assert.deepEqual(
      new Map(disks.map(({ target, source }) => [target, source])),
      new Map([
        ['fda', floppy],
        ['vda', path.join(lab.poolDir, 'right.qcow2')],
      ]),
    );
  });

  it('come with an address for each interface, of which the first may be chosen', async () => {
    const nics = `<interface type='user'/><interface type='user'/><interface type='user'/>`;
    await clones.define('nics', diskOf('vda', bases.get('vda') ?? '') + nics);
    for (const method of methods) {
      const mac = `52:54:00:00:00:0${methods.indexOf(method)}`;
      await clones.make('nics', { name: `nics-${method}`, method, mac });
      const { interfaces } = await clones.domain(`nics-${method}`);
      assert.equal(interfaces[0]?.mac, mac, method);
      await assert.rejects(clones.plan('nics', { name: 'no', method, mac }), /belongs to nics-/);
    }
    const all = (await host.lineage()).inventory.domains.flatMap(({ interfaces }) => interfaces);
    assert.equal(new Set(all.map(({ mac }) => mac)).size, 4 * 3, 'no two machines have the same');
  });

  it('are on virtio where virt-install does not know the system (HAZARDS 33)', async () => {
    await clones.define('unknown', diskOf('vda', bases.get('vda') ?? ''));
    await clones.make('unknown', { name: 'of-unknown', method: 'virt-install' });
    const { disks } = await clones.domain('of-unknown');
    assert.deepEqual(
      disks.map(({ target, bus }) => [target, bus]),
      [['vda', 'virtio']],
    );
  });

  it('belong to a machine with a UUID of its own also in its SMBIOS (HAZARDS 31)', async () => {
    const uuid = '11111111-2222-4333-8444-555555555555';
    const system = `<uuid>${uuid}</uuid><sysinfo type='smbios'><system><entry name='serial'>7</entry><entry name='uuid'>${uuid}</entry></system></sysinfo>`;
    await clones.define('smbios', diskOf('vda', bases.get('vda') ?? ''), system, `<smbios mode='sysinfo'/>`);
    // virt-clone 4.1 leaves the template's there, which libvirt refuses.
    await assert.rejects(
      clones.plan('smbios', { name: 'no' }),
      /UUID in its SMBIOS\. Choose the method define/,
    );
    await clones.make('smbios', { name: 'smbios-clone', method: 'define' });
    const xml = parseXml(await lab.virsh('dumpxml', '--inactive', 'smbios-clone'));
    const entries = xml.first('sysinfo', 'system')?.all('entry') ?? [];
    const entry = entries.find((one) => one.attribute('name') === 'uuid');
    assert.equal(entry?.text, xml.textOf('uuid'));
    assert.notEqual(entry?.text, uuid);
  });

  /** The images of the disks in a clone that virt-clone would make, given this one. */
  async function placesOf(original: string, file: string): Promise<Map<string, string | undefined>> {
    const words = ['--original', original, '--name', 'shifted', '--preserve-data', '--file', file];
    const disks = parseXml(await lab.run('virt-clone', ...words, '--print-xml'))
      .first('devices')
      ?.all('disk');
    return new Map(
      disks?.map((disk) => [
        disk.first('target')?.attribute('dev') ?? '',
        disk.first('source')?.attribute('file'),
      ]),
    );
  }

  function manyDisks(): string {
    const [one = '', two = '', three = ''] = [...bases.values()];
    return [
      diskOf('sdb', one, 'scsi'),
      `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${iso}'/><target dev='sda' bus='sata'/><readonly/></disk>`,
      `<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='second' volume='${path.basename(three)}'/><target dev='vdb' bus='virtio'/></disk>`,
      diskOf('vdd', path.join(lab.poolDir, 'shared.img'), 'virtio', '<shareable/>'),
      diskOf('vdc', path.join(lab.poolDir, 'fixed.img'), 'virtio', '<readonly/>'),
      diskOf('vda', two),
    ].join('');
  }
});

/** The targets that virt-install gives to disks in this order: it counts each bus by itself. */
function byOrder(targets: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    targets.map((target) => {
      const bus = target.slice(0, 2);
      const count = counts.get(bus) ?? 0;
      counts.set(bus, count + 1);
      return [target, `${bus}${'abc'[count] ?? '?'}`];
    }),
  );
}

function diskOf(target: string, file: string, bus = 'virtio', more = ''): string {
  const format = file.endsWith('.img') ? 'raw' : 'qcow2';
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/><target dev='${target}' bus='${bus}'/>${more}</disk>`;
}
