import assert from 'node:assert/strict';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { explanationOf, type Trouble } from '../../src/host/explain';
import { createLab, type Lab, type LabMachine } from '../support/lab';

/** Each trouble is provoked: a newer libvirt that says it in other words is noticed. */
describe('what libvirt and its tools say when', () => {
  let lab: Lab;
  let base: LabMachine;
  let clone: LabMachine;

  before(async () => {
    lab = await createLab();
    base = await lab.addMachine('base');
    const image = path.join(lab.dir, 'overlay.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base.path, '-F', 'qcow2', image);
    clone = await lab.addMachine('clone', { image });
  });
  after(() => lab.dispose());

  it('a base is in use, or an image is', async () => {
    await lab.virsh('start', base.uuid, '--paused');
    await meansTrouble('baseInUse', base.path, 'virsh', 'start', clone.uuid);
    await lab.virsh('destroy', base.uuid);
    await lab.virsh('start', clone.uuid, '--paused');
    await meansTrouble('imageInUse', base.path, 'virsh', 'start', base.uuid);
    await lab.virsh('destroy', clone.uuid);
  });

  it('a base may not be read, or is gone, or an image is', async () => {
    await chmod(base.path, 0);
    await meansTrouble('noPermission', base.path, 'virsh', 'start', clone.uuid);
    await chmod(base.path, 0o644);
    await rename(base.path, `${base.path}.away`);
    await meansTrouble('baseMissing', base.path, 'virsh', 'start', clone.uuid);
    await meansTrouble('imageMissing', base.path, 'virsh', 'start', base.uuid);
    await rename(`${base.path}.away`, base.path);
  });

  it('a pool may not be written to', async () => {
    const dir = path.join(lab.dir, 'closed');
    await mkdir(dir);
    await lab.definePool('closed', dir);
    await chmod(dir, 0o555);
    const create = ['vol-create-as', 'closed', 'x.qcow2', '1M', '--format', 'qcow2'];
    await meansTrouble('directoryNotWritable', path.join(dir, 'x.qcow2'), 'virsh', ...create);
  });

  it('a name or a file is taken', async () => {
    const other = await definition((xml) => xml.replace(/<uuid>.*<\/uuid>/, ''));
    await meansTrouble('nameTaken', 'base', 'virsh', 'define', other);
    const copy = ['virt-clone', '--original', 'base', '--name', 'clone', '--auto-clone'] as const;
    await meansTrouble('nameTaken', 'clone', ...copy);
    const create = ['vol-create-as', 'default', 'base.qcow2', '1M', '--format', 'qcow2'];
    await meansTrouble('fileTaken', 'base.qcow2', 'virsh', ...create);
  });

  it('memory is saved, or there are snapshots', async () => {
    await lab.virsh('start', clone.uuid);
    await lab.virsh('managedsave', clone.uuid);
    await meansTrouble('savedMemory', '', 'virsh', 'undefine', clone.uuid);
    await lab.virsh('managedsave-remove', clone.uuid);
    await lab.virsh('snapshot-create-as', clone.uuid, 'first');
    await meansTrouble('snapshots', '1', 'virsh', 'undefine', clone.uuid);
    await lab.virsh('snapshot-delete', clone.uuid, 'first');
  });

  it('a network is not active, or not there', async () => {
    const plugged = (network: string) => (xml: string) =>
      xml.replace("<interface type='user'>", `<interface type='network'><source network='${network}'/>`);
    await lab.virsh('define', await definition(plugged('nowhere')));
    await meansTrouble('networkMissing', 'nowhere', 'virsh', 'start', base.uuid);
    const network = path.join(lab.dir, 'network.xml');
    await writeFile(network, "<network><name>asleep</name><bridge name='virbr9'/></network>");
    await lab.virsh('net-define', network);
    await lab.virsh('define', await definition((xml) => xml.replace('nowhere', 'asleep')));
    await meansTrouble('networkInactive', 'asleep', 'virsh', 'start', base.uuid);
  });

  it('a machine type, an emulator or the XML is wrong', async () => {
    const type = await definition((xml) => xml.replace(/machine='[^']*'/, "machine='pc-99.9'"));
    await meansTrouble('machineType', 'pc-99.9', 'virsh', 'define', type);
    const emulator = await definition((xml) => xml.replace(/<emulator>.*</, '<emulator>/usr/bin/qemu-no<'));
    await meansTrouble('emulatorMissing', '/usr/bin/qemu-no', 'virsh', 'define', emulator);
    const schema = await definition((xml) => xml.replace('<devices>', '<devices><nonsense/>'));
    await meansTrouble(
      'invalidXml',
      'Extra element devices in interleave',
      'virsh',
      'define',
      '--validate',
      schema,
    );
    const torn = await definition((xml) => xml.replace('</devices>', '</device>'));
    await meansTrouble('invalidXml', undefined, 'virsh', 'define', torn);
  });

  it('virt-install does not know an operating system', async () => {
    const install = ['--name', 'x', '--memory', '128', '--import', '--disk', 'none', '--dry-run'];
    await meansTrouble('osinfoUnknown', 'plan9', 'virt-install', ...install, '--osinfo', 'plan9');
    await meansTrouble('osinfoMissing', '', 'virt-install', ...install);
  });

  /** @param subject what it has to be about; undefined: anything */
  async function meansTrouble(
    kind: Trouble,
    subject: string | undefined,
    file: string,
    ...args: readonly string[]
  ): Promise<void> {
    const env = { ...lab.env, LC_ALL: 'C.UTF-8' };
    const { failed, stderr } = await execa(file, ['--connect', lab.uri, ...args], { env, reject: false });
    assert.ok(failed, `${file} ${args.join(' ')} has not failed`);
    const found = explanationOf(stderr);
    assert.equal(found?.kind, kind, stderr);
    if (subject !== undefined) assert.equal(found.subject, subject);
  }

  /** A file with the base's definition, changed. */
  async function definition(change: (xml: string) => string): Promise<string> {
    const before = await lab.virsh('dumpxml', '--inactive', base.uuid);
    const after = change(before);
    assert.notEqual(after, before);
    const file = path.join(lab.dir, 'definition.xml');
    await writeFile(file, after);
    return file;
  }
});
