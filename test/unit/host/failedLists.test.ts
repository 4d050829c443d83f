import assert from 'node:assert/strict';
import { CommandError } from '../../../src/host/errors';
import { capturedHost } from '../capturedHost';
import { replies } from '../captures';
import type { FakeReply } from '../fakeVirsh';

const failed = { stdout: '\n', stderr: 'error: Failed to list\nerror: cannot do it now\n' };

describe('a list that fails', () => {
  for (const list of [
    'list --all --uuid --name',
    'list --all --transient --uuid',
    'domstats --state',
    'pool-list --all --uuid --name',
    'pool-list --uuid',
    'list --all --with-snapshot --uuid',
  ])
    it(`is never taken for an empty one: ${list}`, async () => {
      const instead = new Map<string, FakeReply>();
      const host = capturedHost(instead);
      const { inventory } = await host.refresh();
      assert.ok(inventory !== undefined && inventory.domains.length > 0 && inventory.pools.length > 0);
      instead.set(list, failed);
      for (const state of [await host.refresh(), await host.refresh('changes')]) {
        assert.ok(state.error instanceof CommandError, String(state.error));
        assert.match(state.error.message, /cannot do it now/);
        assert.ok(state.error.spec.args.includes(list), state.error.spec.args.join(' '));
        assert.equal(state.inventory, inventory);
      }
      await assert.rejects(host.inventory(), /cannot do it now/);
      instead.delete(list);
      assert.equal((await host.refresh('changes')).error, undefined);
    });

  it('is an empty one where the driver has nothing of the kind, and where only networks cannot be listed', async () => {
    const unsupported = {
      stdout: '\n',
      stderr:
        'error: Failed to list pools\nerror: this function is not supported by the connection driver: virConnectListAllStoragePools\n',
    };
    const host = capturedHost(
      new Map([
        ['pool-list --all --uuid --name', unsupported],
        ['pool-list --uuid', unsupported],
        ['list --all --with-checkpoint --uuid', unsupported],
        ['net-list --all --name', failed],
      ]),
    );
    const { error, inventory } = await host.refresh();
    assert.equal(error, undefined);
    assert.deepEqual([inventory?.pools, inventory?.networks], [[], []]);
    assert.ok((inventory?.domains.length ?? 0) > 0);
  });

  it('is none where virsh or its helpers only mention something', async () => {
    const instead = new Map<string, FakeReply>();
    const host = capturedHost(instead);
    const list = 'list --all --uuid --name';
    const stderr =
      'error: Reconnected to the hypervisor\nAuthorization not available. Check if polkit service is running.\n';
    instead.set(list, { stdout: replies('9.0.0').get(list)?.stdout ?? '', stderr });
    const { error, inventory } = await host.refresh();
    assert.equal(error, undefined);
    assert.equal(inventory?.domains.length, 15);
  });

  it('is a pool’s own trouble where it is that of its volumes, which stay as they were', async () => {
    const instead = new Map<string, FakeReply>();
    const host = capturedHost(instead);
    const seen = ({ pools }: NonNullable<typeof host.state.inventory>) =>
      pools.map(({ name, volumes, problem }) => [name, volumes.length, problem]);
    const { inventory } = await host.refresh();
    assert.ok(inventory !== undefined);
    const before = seen(inventory);
    const uuid = inventory.pools[0]?.uuid ?? '';
    for (const wish of ['all', 'changes'] as const) {
      instead.set(`vol-list --pool ${uuid}`, failed);
      for (let times = 0; times < 2; times++) {
        const { inventory: then, error } = await host.refresh(wish);
        assert.equal(error, undefined);
        assert.ok(then !== undefined);
        assert.deepEqual(seen(then), [
          ['default', 13, 'Failed to list cannot do it now'],
          ...before.slice(1),
        ]);
      }
      instead.clear();
      const { inventory: after } = await host.refresh('changes');
      assert.ok(after !== undefined);
      assert.deepEqual(seen(after), before);
    }
  });
});
