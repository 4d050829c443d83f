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
    await untilOff(host, machine.uuid, 1);
    assert.equal(host.state.inventory?.domains[3]?.state, 'shutoff');
    assert.equal(looks, 3);
    assert.ok(libvirt.asked.length > 0);
    assert.deepEqual(
      libvirt.asked.filter((command) => !command.includes(machine.uuid)),
      [],
    );
  });
});
