import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../../src/host/errors';
import type { HostState } from '../../../src/host/host';
import { refreshAll } from '../../../src/host/refreshAll';
import { withWayOut } from '../../../src/host/wayOut';
import { inventory } from '../builders';
import { FakeLibvirt } from '../fakeLibvirt';

const forever = () => new Promise<never>(() => undefined);

describe('host/wayOut', () => {
  it('offers none where the answer is there at once', async () => {
    let offered = 0;
    assert.equal(
      await withWayOut(
        () => Promise.resolve(7),
        () => offered++,
        10,
      ),
      7,
    );
    await assert.rejects(
      withWayOut(
        () => Promise.reject(new Error('no')),
        () => offered++,
        10,
      ),
      /no/,
    );
    await sleep(30);
    assert.equal(offered, 0);
  });

  it('lets a person give up what takes long, and tells the work', async () => {
    let stopped: unknown;
    let shown: unknown = 'shown';
    const given = withWayOut(
      (signal) => {
        signal.addEventListener('abort', () => {
          stopped = signal.reason;
        });
        return forever();
      },
      (result, giveUp) => {
        result.catch((reason: unknown) => (shown = reason));
        giveUp(new Error('enough'));
      },
      10,
    );
    await assert.rejects(given, /enough/);
    assert.match(String(stopped), /enough/);
    await Promise.resolve();
    assert.match(String(shown), /enough/);
  });

  it('lets a reading of a host that hangs be given up', async () => {
    const libvirt = FakeLibvirt.crowd({ volumes: 1, domains: 1 });
    libvirt.instead = forever;
    const reading = withWayOut(
      (signal) => libvirt.host().inventory(signal),
      (_result, giveUp) => giveUp(new Error('enough')),
      10,
    );
    await assert.rejects(reading, /enough/);
  });
});

describe('host/refreshAll', () => {
  const error = new CommandError('timeout', { file: 'virsh', args: [] }, undefined, '');
  const good: HostState = { inventory: inventory([]), error: undefined };
  const bad: HostState = { inventory: inventory([]), error };
  const unread: HostState = { inventory: undefined, error: undefined };
  let asked = 0;
  const host = (state: HostState, refresh: () => Promise<HostState>) => ({
    state,
    refresh: () => {
      asked++;
      return refresh();
    },
  });
  beforeEach(() => (asked = 0));

  it('waits for hosts that were well, and for no other', async () => {
    let read = false;
    const slow = async () => {
      await sleep(20);
      read = true;
      return good;
    };
    await refreshAll([host(bad, forever), host(good, slow), host(unread, forever)]);
    assert.deepEqual([read, asked], [true, 3]);
  });

  it('waits for the first that answers where none was well', async () => {
    await refreshAll([host(unread, forever), host(bad, () => Promise.resolve(good))]);
    assert.equal(asked, 2);
  });

  it('waits for the only host, whatever it says, and for all where all are in trouble', async () => {
    let ended = 0;
    const fails = async () => {
      await sleep(10);
      ended++;
      return bad;
    };
    await refreshAll([host(bad, fails)]);
    assert.equal(ended, 1);
    await refreshAll([host(bad, fails), host(unread, fails)]);
    assert.equal(ended, 3);
    await refreshAll([]);
  });
});
