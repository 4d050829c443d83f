import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CommandError } from '../../../src/host/errors';
import type { followEvents, HostEvent } from '../../../src/host/events';
import type { Host } from '../../../src/host/host';
import { Watch } from '../../../src/host/watch';
import { FakeLibvirt } from '../fakeLibvirt';

const interval = 10_000;
const unreachable = new CommandError('unreachable', { file: 'virsh', args: [] }, 1, 'error: gone');

/** What happens on the streams of a host, as a test wants it. */
class Streams {
  readonly starts: number[] = [];
  ended = 0;
  /** Whether they end half a second after they were started. */
  failing = false;
  private tell: (event: HostEvent) => void = () => undefined;
  private fail: () => void = () => undefined;

  readonly follow: typeof followEvents = (_program, onEvent, onEnd) => {
    this.starts.push(Date.now());
    this.tell = onEvent;
    this.fail = () => onEnd('');
    if (this.failing) setTimeout(this.fail, 500);
    return { ready: Promise.resolve(), end: () => this.ended++ };
  };

  send(event: HostEvent): void {
    this.tell(event);
  }

  end(): void {
    this.fail();
  }
}

describe('host/watch', () => {
  let libvirt: FakeLibvirt;
  let host: Host;
  let streams: Streams;
  let watch: Watch;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    libvirt = FakeLibvirt.crowd({ volumes: 20, domains: 10 });
    host = libvirt.host();
    streams = new Streams();
    watch = new Watch(host, {
      program: () => ({ file: 'virsh', uri: host.uri, env: {} }),
      intervalMs: () => interval,
      follow: streams.follow,
    });
  });

  afterEach(() => {
    watch.dispose();
    host.dispose();
    mock.timers.reset();
  });

  /** Lets so much time go by, second by second, and what is under way come to its end. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed <= ms; passed += 500) {
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      if (passed < ms) mock.timers.tick(500);
    }
  }

  const definitionsRead = () => libvirt.asked.filter((command) => command.startsWith('dumpxml')).length;
  const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

  it('follows events when the host is reached, which is before its details are in, and not sooner', async () => {
    libvirt.instead = () => Promise.reject(unreachable);
    watch.look(true);
    await pass(2000);
    assert.equal(streams.starts.length, 0);
    libvirt.instead = (command) => (command.startsWith('dumpxml') ? new Promise(() => undefined) : undefined);
    await pass(4000);
    assert.equal(host.state.inventory?.domains.length, 10);
    assert.equal(streams.starts.length, 1);
  });

  it('tries streams that cannot stay up ever more rarely, and reads everything only with each try', async () => {
    streams.failing = true;
    watch.look(true);
    await pass(200_000);
    const waits = gaps(streams.starts).map((gap) => gap - 500);
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    // The first reading, then one at each of the tries; in between names alone.
    assert.equal(definitionsRead(), 10 * streams.starts.length);
    const comparisons = libvirt.asked.filter((command) => command === 'list --all --uuid --name').length;
    assert.ok(comparisons > 20, String(comparisons));
  });

  it('keeps what was waited for until streams have lived a while', async () => {
    watch.look(true);
    await pass(1000);
    for (const [lives, waits] of [
      [1000, 1000],
      [1000, 2000],
      [1000, 4000],
      [40_000, 1000],
      [1000, 2000],
    ] as const) {
      const count = streams.starts.length;
      await pass(lives);
      streams.end();
      const at = Date.now();
      await pass(waits);
      assert.equal(streams.starts.length, count + 1, `after ${lives} ms`);
      assert.equal((streams.starts.at(-1) ?? 0) - at, waits, `after ${lives} ms`);
    }
  });

  it('tries a host that fails ever more rarely, and catches up when it is back', async () => {
    watch.look(true);
    await pass(1000);
    const tries: number[] = [];
    libvirt.instead = (command) => {
      if (command !== 'list --all --uuid --name') return undefined;
      tries.push(Date.now());
      return Promise.reject(unreachable);
    };
    streams.failing = true;
    streams.end();
    await pass(200_000);
    assert.deepEqual(gaps(tries), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    assert.equal(host.state.error, unreachable);
    assert.equal(host.state.inventory?.domains.length, 10);
    libvirt.instead = () => undefined;
    streams.failing = false;
    libvirt.asked.length = 0;
    await pass(60_000);
    assert.equal(host.state.error, undefined);
    assert.equal(definitionsRead(), 10);
    // The next trouble is tried again after a second.
    tries.length = 0;
    libvirt.instead = (command) => {
      if (command !== 'list --all --uuid --name') return undefined;
      tries.push(Date.now());
      return Promise.reject(unreachable);
    };
    await pass(20_000);
    assert.deepEqual(gaps(tries).slice(0, 2), [1000, 2000]);
  });

  it('follows events again, and catches up, as soon as a host in trouble is back', async () => {
    streams.failing = true;
    watch.look(true);
    await pass(36_000); // the next try is half a minute away
    libvirt.instead = () => Promise.reject(unreachable);
    await host.refresh('changes');
    assert.equal(host.state.error, unreachable);
    libvirt.instead = () => undefined;
    streams.failing = false;
    libvirt.asked.length = 0;
    const back = Date.now();
    await pass(interval);
    assert.ok((streams.starts.at(-1) ?? 0) >= back, String(gaps(streams.starts)));
    assert.equal(definitionsRead(), 10);
  });

  it('reads what an event is about, and nothing else', async () => {
    watch.look(true);
    await pass(1000);
    libvirt.asked.length = 0;
    const [, , , machine] = libvirt.machines;
    streams.send({ kind: 'domain', name: machine?.name ?? '' });
    await pass(1000);
    assert.deepEqual(
      libvirt.asked.filter(
        (command) => !command.includes(machine?.uuid ?? '?') && !command.includes(machine?.name ?? '?'),
      ),
      [],
    );
    assert.ok(definitionsRead() > 0);
  });

  it('asks nothing while nobody looks', async () => {
    watch.look(true);
    await pass(1000);
    watch.look(false);
    assert.equal(streams.ended, 1);
    const asked = libvirt.asked.length;
    await pass(100_000);
    assert.equal(libvirt.asked.length, asked);
  });

  it('goes on listening while nobody looks, and reads a machine that is always followed when an event tells of it', async () => {
    watch.dispose();
    const [base, other] = libvirt.machines;
    assert.ok(base && other);
    watch = new Watch(host, {
      program: () => ({ file: 'virsh', uri: host.uri, env: {} }),
      intervalMs: () => interval,
      alwaysFollowed: (name) => name === base.name,
      follow: streams.follow,
    });
    watch.look(true);
    await pass(1000);
    watch.look(false);
    assert.equal(streams.ended, 0);
    libvirt.asked.length = 0;
    streams.send({ kind: 'domain', name: other.name });
    streams.send({ kind: 'pool', name: 'default' });
    await pass(100_000);
    assert.deepEqual(libvirt.asked, []);
    base.vcpus = 7;
    streams.send({ kind: 'domain', name: base.name });
    await pass(1000);
    assert.equal(host.state.inventory?.domains[0]?.vcpus, 7);
    const isAboutIt = (command: string) => command.includes(base.name) || command.includes(base.uuid);
    assert.ok(libvirt.asked.every(isAboutIt), libvirt.asked.join());
    libvirt.asked.length = 0;
    // What is asked when an event comes is no round, which would go on.
    await pass(100_000);
    assert.deepEqual(libvirt.asked, []);
    watch.look(true);
    await pass(1000);
    assert.equal(streams.starts.length, 1, 'the same streams go on');
    assert.ok(definitionsRead() >= 10, 'what was missed is caught up with');
    watch.dispose();
    assert.equal(streams.ended, 1);
  });

  it('listens no more when streams end while nobody looks, and does again when somebody does', async () => {
    watch.dispose();
    watch = new Watch(host, {
      program: () => ({ file: 'virsh', uri: host.uri, env: {} }),
      intervalMs: () => interval,
      alwaysFollowed: () => true,
      follow: streams.follow,
    });
    watch.look(true);
    await pass(1000);
    watch.look(false);
    streams.end();
    libvirt.asked.length = 0;
    await pass(100_000);
    assert.deepEqual([streams.starts.length, libvirt.asked], [1, []]);
    watch.look(true);
    await pass(1000);
    assert.equal(streams.starts.length, 2);
  });

  it('finds a machine that was edited while it was off, without an event, and reads it alone', async () => {
    watch.look(true);
    await pass(1000);
    libvirt.asked.length = 0;
    const machine = libvirt.machines[4];
    assert.ok(machine);
    machine.vcpus = 3;
    await pass(3 * interval);
    assert.equal(host.state.inventory?.domains[4]?.vcpus, 3);
    assert.deepEqual(
      libvirt.asked.filter((command) => command.startsWith('dumpxml')),
      [`dumpxml --domain ${machine.uuid}`],
    );
  });
});
