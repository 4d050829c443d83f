import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Domain } from '../../src/host/domain';
import { Watch, type WatchOptions } from '../../src/host/watch';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';
import { processesOf } from '../support/labProcesses';

// What others do is in the tree within a second; some room for a busy machine.
const soonMs = 10_000;
const intervalMs = 1000;

describe('a host that is watched', () => {
  let lab: Lab;
  let labHost: LabHost;
  let watch: Watch;
  let machine: LabMachine;

  before(async () => {
    lab = await createLab();
    machine = await lab.addMachine('maquina1');
    labHost = new LabHost(lab);
    watch = watchWith();
    watch.look(true);
    await until(() => domain('maquina1')?.disks.length === 1);
  });

  after(async () => {
    watch.dispose();
    await lab.dispose();
  });

  it('shows what others do to machines, by its events', async () => {
    await lab.virsh('start', 'maquina1', '--paused');
    await until(() => domain('maquina1')?.state === 'paused');
    await lab.virsh('resume', 'maquina1');
    await until(() => domain('maquina1')?.state === 'running');
    await lab.virsh('destroy', 'maquina1');
    await until(() => domain('maquina1')?.state === 'shutoff');
    await lab.virsh('domrename', 'maquina1', "it's: renamed");
    await until(() => domain("it's: renamed")?.uuid === machine.uuid && domain('maquina1') === undefined);
    await lab.virsh('domrename', "it's: renamed", 'maquina1');
    await until(() => domain('maquina1') !== undefined);
    const mark = ['--uri', 'urn:linked-clones:libvirt:1', '--key', 'linkedclones', '--set', '<template/>'];
    await lab.virsh('metadata', 'maquina1', ...mark, '--config');
    await until(() => domain('maquina1')?.mark?.kind === 'template');
    const other = await lab.addMachine('other');
    await until(() => domain('other')?.disks.length === 1);
    await lab.virsh('undefine', 'other');
    await until(() => domain('other') === undefined);
    await lab.virsh('vol-delete', '--vol', other.path);
  });

  it('shows pools that others start and stop, and the volumes they made', async () => {
    await lab.definePool('second', path.join(lab.dir, 'second'));
    await until(() => pool('second')?.active === true);
    await lab.virsh('vol-create-as', 'second', 'two words.qcow2', '1M', '--format', 'qcow2');
    await until(() => pool('second')?.volumes[0]?.format === 'qcow2');
    await writeFile(path.join(lab.dir, 'second', 'by\nhand.img'), 'found by a refresh');
    await lab.virsh('pool-refresh', 'second');
    await until(() => pool('second')?.volumes.some(({ name }) => name === 'by\nhand.img') === true);
    await rm(path.join(lab.dir, 'second', 'by\nhand.img'));
    await lab.virsh('vol-delete', '--pool', 'second', '--vol', 'two words.qcow2');
    await lab.virsh('pool-refresh', 'second');
    await until(() => pool('second')?.volumes.length === 0);
    await lab.virsh('pool-destroy', 'second');
    await until(() => pool('second')?.active === false);
    await lab.virsh('pool-undefine', 'second');
    await until(() => pool('second') === undefined);
  });

  it('shows a volume that others deleted, of which nobody told and no pool was refreshed', async () => {
    await lab.virsh('vol-create-as', 'default', 'passing.qcow2', '1M', '--format', 'qcow2');
    await until(() => pool('default')?.volumes.some(({ name }) => name === 'passing.qcow2') === true);
    await lab.virsh('vol-delete', '--pool', 'default', '--vol', 'passing.qcow2');
    await until(() => pool('default')?.volumes.some(({ name }) => name === 'passing.qcow2') === false);
  });

  it('shows edits of a machine that is off, which raise no event, within a few intervals', async () => {
    const shown = 10 * intervalMs;
    await lab.virsh('setvcpus', 'maquina1', '3', '--config', '--maximum');
    await until(() => domain('maquina1')?.vcpus === 3, shown);
    await lab.virsh('setmaxmem', 'maquina1', '200M', '--config');
    await until(() => domain('maquina1')?.memory === 200 * 2 ** 20, shown);
    const device = path.join(lab.dir, 'disk.xml');
    const image = path.join(lab.dir, 'second.img');
    await writeFile(image, 'x'.repeat(4096));
    await writeFile(
      device,
      `<disk type='file' device='disk'><source file='${image}'/><target dev='vdb' bus='virtio'/></disk>`,
    );
    await lab.virsh('attach-device', 'maquina1', device, '--config');
    await until(() => domain('maquina1')?.disks.some(({ source }) => source === image) === true, shown);
    await lab.virsh('detach-device', 'maquina1', device, '--config');
    await until(() => domain('maquina1')?.disks.length === 1, shown);
  });

  it('keeps its last good data while the daemon is down, and catches up when it is back', async () => {
    const daemon = processesOf(lab.dir).find(({ program }) => program === 'libvirtd');
    assert.ok(daemon);
    process.kill(daemon.pid, 'SIGKILL');
    // The next virsh starts a new daemon. What happens before the events are followed again is caught up with.
    await lab.virsh('domrename', 'maquina1', 'meanwhile');
    assert.notEqual(labHost.host.state.inventory, undefined);
    await until(() => domain('meanwhile') !== undefined && labHost.host.state.error === undefined, 15_000);
    await lab.virsh('domrename', 'meanwhile', 'maquina1');
    await until(() => domain('maquina1') !== undefined, 15_000);
    await lab.virsh('start', 'maquina1', '--paused');
    await until(() => domain('maquina1')?.state === 'paused', 15_000);
    await lab.virsh('destroy', 'maquina1');
  });

  it('tells of a machine that is always followed while nobody looks', async () => {
    await until(() => domain('maquina1')?.state === 'shutoff');
    watch.dispose();
    watch = watchWith({ alwaysFollowed: (name) => name === 'maquina1' });
    watch.look(true);
    await labHost.host.refresh('changes');
    await labHost.host.refresh('changes'); // what was under way is over then
    watch.look(false);
    await labHost.host.refresh('changes');
    await lab.virsh('start', 'maquina1', '--paused');
    await until(() => domain('maquina1')?.state === 'paused');
    await lab.virsh('destroy', 'maquina1');
    await until(() => domain('maquina1')?.state === 'shutoff');
    watch.dispose();
    watch = watchWith();
    watch.look(true);
  });

  it('asks nothing while nobody looks, and catches up when somebody does', async () => {
    await until(() => domain('maquina1')?.state === 'shutoff');
    watch.look(false);
    await labHost.host.refresh('changes'); // comes after what is under way
    let told = 0;
    const stop = labHost.host.onDidChange(() => told++);
    await lab.virsh('desc', 'maquina1', '--title', 'unseen', '--config');
    await lab.virsh('domrename', 'maquina1', 'unseen');
    await sleep(2 * intervalMs);
    assert.equal(told, 0);
    stop();
    watch.look(true);
    await until(() => domain('unseen')?.uuid === machine.uuid);
  });

  function watchWith(more: Partial<WatchOptions> = {}): Watch {
    const program = () => ({ file: 'virsh', uri: lab.uri, env: lab.env });
    return new Watch(labHost.host, { program, intervalMs: () => intervalMs, ...more });
  }

  function domain(name: string): Domain | undefined {
    return labHost.host.state.inventory?.domains.find((candidate) => candidate.name === name);
  }

  function pool(name: string) {
    return labHost.host.state.inventory?.pools.find((candidate) => candidate.name === name);
  }

  async function until(holds: () => boolean, within = soonMs): Promise<void> {
    const end = Date.now() + within;
    while (!holds()) {
      const { inventory, error } = labHost.host.state;
      assert.ok(
        Date.now() < end,
        `${String(holds)} does not hold; ${JSON.stringify(inventory, null, 1)} ${String(error)}`,
      );
      await sleep(20);
    }
  }
});
