import assert from 'node:assert/strict';
import { Clones } from '../support/clones';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';
import { debianImage } from './debianImage';

/** What a Debian guest says of itself on its serial line. */
type Said = Record<'hostname' | 'machine-id' | 'host-key' | 'address' | 'disk' | 'users' | 'keys', string>;

/** Minutes that two emulated guests take at the most to get through cloud-init, on a machine with other work. */
const patience = 10;

describe('clones of a Debian', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    // One network that both are on, without a way out.
    const interfaces = `<interface type='mcast'><source address='230.0.0.1' port='5558'/><model type='virtio'/></interface>`;
    await lab.addTemplate('debian', { image: await debianImage(), memory: 512, interfaces });
  });

  after(() => lab.dispose());

  it('differ in machine-id, host keys and address, and fill the disk that they were given', async () => {
    const capacity = 1024 ** 3;
    for (const name of ['web-1', 'web-2']) await clones.make('debian', { name, method: 'define', capacity });
    const [one, other] = await startedSideBySide('web-1', 'web-2');
    for (const what of ['machine-id', 'host-key', 'address'] as const)
      assert.notEqual(one[what], other[what], what);
    assert.ok(parseInt(one.disk) > 800, `cloud-init grows its file system: ${one.disk}`);
  });

  it('are whom their seeds for cloud-init make of them', async () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+dVDDr9NBpCHFuZpJyJWtEdFQcRYBJqLIjEoZIbrmt ana@home';
    const cloudInit = { hostName: undefined, user: 'ana', sshKeys: [key], userData: undefined };
    const names = ['mail-1', 'mail-2'] as const;
    for (const name of names) await clones.make('debian', { name, method: 'virt-clone', cloudInit });
    const guests = await startedSideBySide(...names);
    assert.deepEqual(
      guests.map(({ hostname, users, keys }) => ({ hostname, users, keys })),
      names.map((hostname) => ({ hostname, users: 'ana', keys: '1' })),
    );
    const [one, other] = guests;
    for (const what of ['machine-id', 'host-key', 'address'] as const)
      assert.notEqual(one[what], other[what], what);
  });

  async function startedSideBySide(...names: string[]): Promise<[Said, Said]> {
    for (const name of names) await lab.virsh('start', name);
    const [one, other] = await Promise.all(names.map((name) => said(name)));
    for (const name of names) await lab.virsh('destroy', name);
    assert.ok(one !== undefined && other !== undefined);
    return [one, other];
  }

  async function said(name: string): Promise<Said> {
    const ready = /DEBIAN GUEST READY [^\n]*\n/;
    const text = await lab.waitForReady(name, patience * 60_000, ready);
    const pairs = [...(ready.exec(text)?.[0] ?? '').matchAll(/([\w-]+)=(\S*)/g)];
    const found = Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value])) as Said;
    assert.match(found['machine-id'], /^[0-9a-f]{32}$/);
    assert.match(found['host-key'], /^AAAA/);
    assert.match(found.address, /^fe80::/);
    return found;
  }
});
