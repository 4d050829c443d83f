import assert from 'node:assert/strict';
import { untilOff } from '../../../src/host/untilOff';
import { FakeLibvirt } from '../fakeLibvirt';

describe('host/untilOff', () => {
  it('reads the machine that shuts down, and nothing else, until it is off', async () => {
    const libvirt = FakeLibvirt.crowd({ volumes: 20, domains: 10 });
    const machine = libvirt.machines[3];
    assert.ok(machine);
    machine.state = 1;
    const host = libvirt.host();
    await host.refresh();
    libvirt.asked.length = 0;
    let looks = 0;
    libvirt.instead = (command) => {
      if (command.startsWith('domstats --state --domain') && ++looks === 3) machine.state = 5;
      return undefined;
    };
    const [was] = host.state.inventory?.domains.filter(({ uuid }) => uuid === machine.uuid) ?? [];
    assert.ok(was);
    assert.deepEqual(await untilOff(host, [was], { limitMs: 60_000, pauseMs: 1 }), []);
    assert.equal(host.state.inventory?.domains[3]?.state, 'shutoff');
    assert.equal(looks, 3);
    assert.ok(libvirt.asked.length > 0);
    assert.deepEqual(
      libvirt.asked.filter((command) => !command.includes(machine.uuid)),
      [],
    );
  });

  describe('waits for a guest that never goes off', () => {
    async function waitingFor(machines: number) {
      const libvirt = FakeLibvirt.crowd({ volumes: 2, domains: 3 });
      for (const machine of libvirt.machines.slice(0, machines)) machine.state = 1;
      const host = libvirt.host();
      await host.refresh();
      const domains = host.state.inventory?.domains.slice(0, machines) ?? [];
      return { libvirt, host, domains, machine: libvirt.machines[0] ?? assert.fail() };
    }

    it('no longer than the limit, telling of it as the time passes', async () => {
      const { host, domains } = await waitingFor(2);
      let told = 0;
      const onLook = (running: readonly unknown[], passed: number) => {
        assert.equal(running.length, 2);
        told += passed;
      };
      const running = await untilOff(host, domains, { limitMs: 100, pauseMs: 10, onLook });
      assert.deepEqual(
        running.map(({ name }) => name),
        domains.map(({ name }) => name),
      );
      assert.ok(told > 0 && told <= 1.5, String(told));
    });

    it('until nobody wants to wait any longer', async () => {
      const { host, domains } = await waitingFor(1);
      const enough = new AbortController();
      const waiting = untilOff(host, domains, { limitMs: 600_000, pauseMs: 300_000, signal: enough.signal });
      enough.abort();
      assert.equal((await waiting).length, 1);
    });

    it('not where it is in another run: it has been off', async () => {
      const { host, domains } = await waitingFor(1);
      const earlier = domains.map(({ uuid }) => ({ uuid, runId: 'of another run' }));
      assert.deepEqual(await untilOff(host, earlier, { limitMs: 600_000 }), []);
    });
  });
});
