import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createLab, metadataUri, type Lab, type LabMachine } from '../support/lab';
import { processesOf } from '../support/labProcesses';

describe('the lab', () => {
  let lab: Lab;
  let template: LabMachine;
  let own: string[];

  before(async () => {
    own = usersOwnDirectories();
    lab = await createLab();
    template = await lab.addTemplate('plantilla-prueba1');
  });

  after(async () => {
    await lab.dispose();
    assert.deepEqual(processesOf(lab.dir), []);
    assert.deepEqual(usersOwnDirectories(), own, "the user's own libvirt is untouched");
  });

  it('is a session of its own with a pool default', async () => {
    assert.equal((await lab.virsh('uri')).trim(), 'qemu:///session');
    assert.match(await lab.virsh('pool-dumpxml', 'default'), new RegExp(`<path>${lab.poolDir}</path>`));
    assert.ok(existsSync(path.join(lab.dir, 'r/libvirt/libvirt-sock')));
    const daemons = processesOf(lab.dir).filter(({ program }) => program === 'libvirtd');
    assert.equal(daemons.length, 1);
  });

  it('marks a template in its metadata and makes its image read-only', async () => {
    const xml = await lab.virsh('dumpxml', '--inactive', template.name);
    assert.match(xml, new RegExp(`<linkedclones:template xmlns:linkedclones="${metadataUri}"/>`));
    assert.match(xml, /<libosinfo:os id="http:\/\/debian.org\/debian\/11"\/>/);
    assert.equal(statSync(template.path).mode & 0o777, 0o444);
  });

  it('boots a guest from an overlay, leaves its base as it is, and switches it off', async function () {
    this.timeout(300_000);
    const before = await lab.hash(template.path);
    const overlay = path.join(lab.poolDir, 'overlay.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', template.path, overlay);
    const clone = ['--original', template.name, '--name', 'overlay', '--file', overlay, '--preserve-data'];
    await lab.run('virt-clone', '--connect', lab.uri, ...clone);

    const { uuid } = (await lab.find('overlay')) ?? {};
    for (const boots of [1, 2]) {
      await lab.virsh('start', 'overlay');
      assert.match(
        await lab.waitForReady('overlay', 90_000),
        new RegExp(`READY boots=${boots} uuid=${uuid} disk=128MiB`),
      );
      await shutDown('overlay');
    }
    assert.equal(await lab.hash(template.path), before);
  });

  it('holds machines whose names XML and shells would read as something else', async () => {
    const name = `-raw $(id) & <b> 'ñ' "q"`;
    const machine = await lab.addMachine(name, { format: 'raw' });
    assert.deepEqual(await lab.find(name), machine);
    assert.equal(path.basename(machine.path), `${name}.img`);
    assert.match(
      await lab.virsh('vol-info', '--pool', 'default', '--vol', `${name}.img`),
      /Capacity: +128.00 MiB/,
    );
  });

  it('leaves no process and no directory, also with a guest that runs', async () => {
    const other = await createLab();
    await other.addMachine('runs');
    await other.virsh('start', 'runs');
    assert.ok(processesOf(other.dir).some(({ program }) => program.startsWith('qemu-system-')));
    await other.dispose();
    await other.dispose();
    assert.deepEqual(processesOf(other.dir), []);
    assert.equal(existsSync(other.dir), false);
    assert.notDeepEqual(processesOf(lab.dir), [], 'the first lab lives on');
  });

  /** Asks again now and then: a guest that is busy may not hear the button the first time. */
  async function shutDown(domain: string): Promise<void> {
    const end = Date.now() + 60_000;
    for (;;) {
      await lab.virsh('shutdown', domain).catch(() => undefined); // it may be off by now
      try {
        await lab.waitForState(domain, 'shut off', 5000);
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }
});

/** When something came or went where the user's own session and the system's libvirt keep their things. */
function usersOwnDirectories(): string[] {
  const home = (variable: string, fallback: string) =>
    process.env[variable] ?? path.join(homedir(), fallback);
  const dirs = [
    path.join(home('XDG_CONFIG_HOME', '.config'), 'libvirt'),
    path.join(home('XDG_CACHE_HOME', '.cache'), 'libvirt'),
    path.join(home('XDG_CACHE_HOME', '.cache'), 'virt-manager'),
    path.join(home('XDG_DATA_HOME', '.local/share'), 'libvirt'),
    `/run/user/${process.getuid?.() ?? 0}/libvirt`,
    '/run/libvirt',
    '/var/lib/libvirt/images',
    '/etc/libvirt/qemu',
  ];
  return dirs.map((dir) => `${dir} ${existsSync(dir) ? statSync(dir).mtimeMs : 'is not there'}`);
}
