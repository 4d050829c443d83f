import assert from 'node:assert/strict';
import { CommandError } from '../../../src/host/errors';
import { batchConnection } from '../../support/batchConnection';
import { Host } from '../../../src/host/host';
import type { Inventory } from '../../../src/host/inventory';
import type { Run } from '../../../src/host/process';
import { uri, uuid } from '../builders';
import { replies, versions, type Version } from '../captures';
import { fakeVirsh, type FakeReply } from '../fakeVirsh';

const dir = '/tmp/lcap/pool';
const gone: FakeReply = { stdout: '\n', stderr: `error: failed to get domain 'x'\n` };

function readInventory(run: Run): Promise<Inventory> {
  return new Host(uri, run, batchConnection(run, uri)).inventory();
}

/** The inventory of a capture; `instead` replaces what virsh said to some commands. */
async function read(version: Version, instead: Readonly<Record<string, FakeReply>> = {}) {
  const known = replies(version);
  const { run, specs } = fakeVirsh((command) => instead[command] ?? known.get(command) ?? gone);
  return { inventory: await readInventory(run), specs };
}

function volumeOf({ pools }: Inventory, path: string) {
  return pools.flatMap(({ volumes }) => volumes).find((volume) => volume.path === path);
}

for (const version of versions) {
  describe(`host/inventory on libvirt ${version}`, () => {
    let inventory: Inventory;
    let processes = 0;
    before(async () => {
      const result = await read(version);
      inventory = result.inventory;
      processes = result.specs.length;
    });

    it('reads the whole host in a handful of processes, however many objects it has', () => {
      assert.ok(processes <= 8, String(processes));
      assert.equal(inventory.uri, uri);
    });

    it('knows every domain with its state', () => {
      const states = Object.fromEntries(inventory.domains.map(({ name, state }) => [name, state]));
      assert.equal(inventory.domains.length, version === '11.3.0' ? 14 : 15);
      assert.deepEqual(
        [states.paused, states.transient, states.plantilla, states['42'], states[`it's "q" & <é>  $(x)`]],
        ['paused', 'paused', 'shutoff', 'shutoff', 'shutoff'],
      );
      assert.ok(inventory.domains.every(({ problem }) => problem === undefined));
    });

    it('tells what vanishes when it is switched off', () => {
      assert.deepEqual(
        inventory.domains.filter(({ persistent }) => !persistent).map(({ name }) => name),
        ['transient'],
      );
    });

    it('knows every pool, and the volumes of those that are active', () => {
      assert.deepEqual(
        inventory.pools.map(({ name, active, problem, volumes }) => [name, active, problem, volumes.length]),
        [
          ['default', true, undefined, 13],
          ['switched-off', false, undefined, 0],
          ['two & <é> pools', true, undefined, 1],
        ],
      );
    });

    it('reads plain and hostile volumes', () => {
      for (const name of ['base.qcow2', 'overlay.qcow2', `it's "q" & <é>   three  $(x) \${y}.qcow2`]) {
        const volume = volumeOf(inventory, `${dir}/${name}`);
        assert.deepEqual([volume?.name, volume?.problem, volume?.format], [name, undefined, 'qcow2']);
      }
      assert.equal(
        volumeOf(inventory, '/tmp/lcap/pool two & <é>/cross.qcow2')?.backing?.path,
        `${dir}/base.qcow2`,
      );
    });

    it('reads every volume, whatever the table makes of its name', () => {
      const unread = inventory.pools.flatMap(({ volumes }) =>
        volumes.flatMap(({ path, problem }) => (problem === undefined ? [] : [`${path}: ${problem}`])),
      );
      assert.deepEqual(unread, []);
    });
  });
}

describe('host/inventory', () => {
  it('shows a domain that vanished meanwhile with what virsh said', async () => {
    const command = `dumpxml --domain ${uuid(2)}`;
    const { inventory } = await read('9.0.0', { [command]: gone });
    const domain = inventory.domains.find(({ uuid: id }) => id === uuid(2));
    assert.deepEqual(
      [domain?.name, domain?.state, domain?.problem],
      ['clone', 'shutoff', `failed to get domain 'x'`],
    );
    assert.equal(inventory.domains.filter(({ problem }) => problem !== undefined).length, 1);
  });

  it('shows a domain whose XML is garbage as one that cannot be read', async () => {
    const command = `dumpxml --domain ${uuid(2)}`;
    const { inventory } = await read('9.0.0', { [command]: { stdout: '<domain><name>cl', stderr: '' } });
    const domain = inventory.domains.find(({ uuid: id }) => id === uuid(2));
    assert.match(domain?.problem ?? '', /cannot be read/);
  });

  it('shows a pool that cannot be read under its own name', async () => {
    for (const version of versions) {
      const list = replies(version).get('pool-list --all --uuid --name')?.stdout ?? '';
      const id = /^(\S{36}) default\b/m.exec(list)?.[1] ?? assert.fail(list);
      const { inventory } = await read(version, { [`pool-dumpxml --pool ${id}`]: gone });
      const [pool] = inventory.pools;
      assert.deepEqual(
        [pool?.uuid, pool?.name, pool?.active, pool?.problem],
        [id, 'default', true, `failed to get domain 'x'`],
      );
    }
  });

  it('shows a volume that cannot be read, and builds nothing on it', async () => {
    const command = `vol-dumpxml --vol '${dir}/overlay.qcow2'`;
    const reply = { stdout: '\n', stderr: 'error: cannot open file: Permission denied\n' };
    const { inventory } = await read('9.0.0', { [command]: reply });
    const volume = volumeOf(inventory, `${dir}/overlay.qcow2`);
    assert.deepEqual(
      [volume?.name, volume?.problem, volume?.backing],
      ['overlay.qcow2', 'cannot open file: Permission denied', undefined],
    );
  });

  it('reads networks and whether they are active', async () => {
    const { inventory } = await read('9.0.0', {
      'net-list --all --name': { stdout: 'default\nlab net\n\n', stderr: '' },
      'net-list --name': { stdout: 'lab net\n\n', stderr: '' },
    });
    assert.deepEqual(inventory.networks, [
      { name: 'default', active: false },
      { name: 'lab net', active: true },
    ]);
  });

  it('reads an empty host', async () => {
    const { run } = fakeVirsh(() => ({ stdout: '\n', stderr: '' }));
    const { pools, domains, networks } = await readInventory(run);
    assert.deepEqual([pools, domains, networks], [[], [], []]);
  });

  it('fails where the host cannot be reached', async () => {
    const error = new CommandError('unreachable', { file: 'virsh', args: [] }, 1, '');
    await assert.rejects(
      readInventory(() => Promise.reject(error)),
      error,
    );
  });
});
