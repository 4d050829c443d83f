import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../src/host/errors';
import type { Domain } from '../../src/host/domain';
import { Watch } from '../../src/host/watch';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';
import { parentOf, processesOf, startTimeOf, type LabProcess } from '../support/labProcesses';

const root = path.resolve(import.meta.dirname, '../..');

// What a back-off may add to a second, and some room for a busy machine.
const backMs = 20_000;

describe('a host in trouble', () => {
  let lab: Lab;
  let labHost: LabHost;
  let watch: Watch;
  let machine: LabMachine;

  before(async () => {
    lab = await createLab();
    machine = await lab.addMachine('maquina1');
  });

  beforeEach(async () => {
    await lab.virsh('desc', machine.uuid, '--config', '--title', 'before');
    labHost = new LabHost(lab);
    watch = new Watch(labHost.host, {
      program: () => ({ file: 'virsh', uri: lab.uri, env: lab.env }),
      intervalMs: () => 500,
    });
    watch.look(true);
    await until(() => domain()?.title === 'before');
    await labHost.host.refresh('changes'); // comes after the first reading, which comes after the events
  });

  afterEach(() => {
    watch.dispose();
    labHost.host.dispose();
  });

  after(async () => {
    await lab.dispose();
    assert.deepEqual(processesOf(lab.dir), []);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`catches up with a change of no name and no state, after libvirtd ended by ${signal}`, async () => {
      process.kill(daemon(), signal);
      // The next virsh starts another one; whatever it says, nobody hears: the events are not followed yet.
      await lab.virsh('desc', machine.uuid, '--config', '--title', signal);
      assert.notEqual(domain(), undefined, 'the last good data stays');
      await until(() => domain()?.title === signal && labHost.host.state.error === undefined);
    });

  it('reads on without a word of trouble after a daemon that timed out while nobody looked, and catches up', async () => {
    watch.look(false);
    await labHost.host.refresh('changes'); // what was under way is over then
    for (const { pid } of running('virsh')) process.kill(pid, 'SIGKILL');
    process.kill(daemon(), 'SIGTERM');
    await until(() => running('libvirtd').length === 0);
    await lab.run('libvirtd', '--daemon', '--timeout', '1');
    await lab.virsh('desc', machine.uuid, '--config', '--title', 'meanwhile');
    await until(() => running('libvirtd').length === 0);

    const errors: Error[] = [];
    labHost.host.onDidChange(() => errors.push(...[labHost.host.state.error ?? []].flat()));
    watch.look(true);
    await until(() => domain()?.title === 'meanwhile');
    assert.deepEqual(errors, []);
  });

  it('says what is wrong above the last good data while libvirtd is stopped, and catches up', async () => {
    const frozen = daemon();
    process.kill(frozen, 'SIGSTOP');
    try {
      // A question for names is given up after 15 s; others may have been on their way before.
      await until(() => labHost.host.state.error !== undefined, 75_000);
      const { error } = labHost.host.state;
      assert.ok(error instanceof CommandError);
      assert.ok(['timeout', 'unreachable'].includes(error.kind), `${error.kind}: ${error.stderr}`);
      assert.equal(domain()?.title, 'before');
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
    await lab.virsh('desc', machine.uuid, '--config', '--title', 'after');
    await until(() => domain()?.title === 'after' && labHost.host.state.error === undefined);
  });

  it('goes on when all its virsh processes are killed', async () => {
    const own = running('virsh');
    assert.ok(own.length >= 4, 'a session at least, and three that follow events');
    for (const { pid } of own) process.kill(pid, 'SIGKILL');
    await lab.virsh('desc', machine.uuid, '--config', '--title', 'others');
    await until(() => domain()?.title === 'others' && labHost.host.state.error === undefined);
  });

  it('gives up waiting when it is cancelled, and what waits behind it goes on', async () => {
    const frozen = daemon();
    process.kill(frozen, 'SIGSTOP');
    try {
      const started = performance.now();
      await assert.rejects(
        labHost.host.inventory(AbortSignal.timeout(300)),
        (error) => error instanceof CommandError && error.kind === 'cancelled',
      );
      assert.ok(performance.now() - started < 10_000);
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
    await until(() => labHost.host.state.error === undefined);
    assert.equal((await labHost.host.inventory()).domains.length, 1);
  });

  it('leaves no virsh behind when its window is killed', async () => {
    const { window, children } = openWindow();
    // A session at least, three that follow events, and two that are asked in bulk.
    await until(() => children().length >= 6);
    const left = children();
    window.kill('SIGKILL');
    await once(window, 'exit');
    await until(() => !left.some((pid) => startTimeOf(pid) !== undefined), 10_000);
  });

  it('leaves none behind either that still connects to a libvirtd that says nothing', async () => {
    const frozen = daemon();
    process.kill(frozen, 'SIGSTOP');
    try {
      const { window, children } = openWindow();
      // A session, and four that are asked in bulk; events are followed only when that session has got through.
      await until(() => children().length >= 5);
      const left = children();
      window.kill('SIGKILL');
      await once(window, 'exit');
      await until(() => !left.some((pid) => startTimeOf(pid) !== undefined), 10_000);
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
  });

  /** A process that watches the host as a window does, and asks much at once; and the virsh processes it has. */
  function openWindow(): { window: ChildProcess; children: () => number[] } {
    const script = `
      import { askInBulk } from './src/host/bulk.ts';
      import { Host } from './src/host/host.ts';
      import { VirshConnection } from './src/host/virshConnection.ts';
      import { Watch } from './src/host/watch.ts';
      const program = () => ({ file: 'virsh', uri: ${JSON.stringify(lab.uri)}, env: process.env });
      const run = () => Promise.reject(new Error('not here'));
      const host = new Host(program().uri, run, new VirshConnection(program));
      new Watch(host, { program, intervalMs: () => 500 }).look(true);
      setInterval(() => undefined, 1000);
      for (;;) await askInBulk(program(), Array(1000).fill('list --all'), { onOutput: () => undefined });`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const window = spawn(process.execPath, args, { cwd: root, env: lab.env });
    const isMine = (pid: number) => parentOf(pid) === window.pid;
    const children = () =>
      processesOf(lab.dir).flatMap(({ pid, program }) => (program === 'virsh' && isMine(pid) ? [pid] : []));
    return { window, children };
  }

  function running(name: string): LabProcess[] {
    return processesOf(lab.dir).filter(({ program }) => program === name);
  }

  function daemon(): number {
    const [{ pid } = {}] = running('libvirtd');
    assert.ok(pid !== undefined, 'no libvirtd');
    return pid;
  }

  function domain(): Domain | undefined {
    return labHost.host.state.inventory?.domains.find(({ uuid }) => uuid === machine.uuid);
  }

  async function until(holds: () => boolean, within = backMs): Promise<void> {
    for (const end = Date.now() + within; !holds();) {
      assert.ok(
        Date.now() < end,
        `${String(holds)} does not hold: ${domain()?.title}, ${String(labHost.host.state.error)}`,
      );
      await sleep(20);
    }
  }
});
