import assert from 'node:assert/strict';
import { FakeLibvirt, fakeMachine, fakePool } from '../fakeLibvirt';

function images(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}.qcow2`);
}

/** Two pools, the second of which is the open one, and a machine that runs among others. */
function libvirt(): FakeLibvirt {
  const pools = [
    fakePool(1, 'closed', '/fake/closed', images(600, 'closed')),
    fakePool(2, 'open', '/fake/open', images(5, 'open')),
  ];
  const machines = images(4, 'closed').map((name, index) =>
    fakeMachine(index, `machine ${index}`, `/fake/closed/${name}`),
  );
  Object.assign(machines[2] ?? {}, { state: 1 });
  return new FakeLibvirt(pools, machines);
}

describe('the order in which a host is read', () => {
  it('brings names and states before any definition is asked for', async () => {
    const fake = libvirt();
    const host = fake.host();
    const first = new Promise<readonly string[]>((resolve) => {
      host.onDidChange(() => resolve([...fake.asked]));
    });
    host.open();
    assert.deepEqual(
      (await first).filter((command) => command.includes('dumpxml')),
      [],
    );
    assert.deepEqual(
      host.state.inventory?.domains.map(({ name, state, problem }) => [name, state, problem]),
      fake.machines.map(({ name, state }) => [name, state === 1 ? 'running' : 'shutoff', undefined]),
    );
  });

  it('asks for machines and for what is in open pools before what is in closed ones', async () => {
    const fake = libvirt();
    const host = fake.host();
    host.show(new Set([fake.pools[1]?.uuid ?? '']));
    await host.refresh();
    const firstClosed = fake.asked.findIndex((command) =>
      command.startsWith("vol-dumpxml --vol '/fake/closed"),
    );
    const later = fake.asked.slice(firstClosed);
    assert.equal(later.length, 600);
    assert.deepEqual(
      later.filter((command) => !command.includes('/fake/closed')),
      [],
    );
  });

  it('turns to a pool that is opened while others are being read', async () => {
    const fake = libvirt();
    const host = fake.host();
    fake.instead = (command) => {
      if (command.includes('closed-0.qcow2')) host.show(new Set([fake.pools[1]?.uuid ?? '']));
      return undefined;
    };
    await host.refresh();
    const order = fake.asked.filter((command) => command.startsWith('vol-dumpxml'));
    assert.equal(order.length, 605);
    assert.ok(order.slice(0, 500).every((command) => command.includes('/fake/closed')));
    assert.ok(order.slice(500, 505).every((command) => command.includes('/fake/open')));
  });

  it('reads the next disks of a machine that runs along with it, not before all others', async () => {
    const fake = libvirt();
    await fake.host().refresh();
    assert.deepEqual(
      fake.asked.filter((command) => command.startsWith('dumpxml')).map((command) => command.slice(8)),
      fake.machines.flatMap(({ uuid, state }) => [
        `--domain ${uuid}`,
        ...(state === 1 ? [`--inactive --domain ${uuid}`] : []),
      ]),
    );
  });
});
