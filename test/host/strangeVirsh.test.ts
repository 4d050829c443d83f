import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTree } from '../../src/explorer/buildTree';
import { CommandError, type FailureKind } from '../../src/host/errors';
import { Host } from '../../src/host/host';
import { VirshConnection } from '../../src/host/virshConnection';
import { Watch } from '../../src/host/watch';
import { forceOff, start } from '../../src/plan/power';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';
import { processesOf } from '../support/labProcesses';

const strangeVirsh = path.resolve(import.meta.dirname, '../support/strange-virsh.mjs');

// Who does not answer is given up after 15 s, and tried again after some seconds; some room for a busy machine.
const patience = 60_000;

describe('a host whose virsh is strange', () => {
  let lab: Lab;
  /** What stands in its place; undefined for the real one. */
  let manner: string | undefined;
  const program = () => ({
    file: manner === undefined ? 'virsh' : strangeVirsh,
    uri: lab.uri,
    env: { ...lab.env, ...(manner === undefined ? {} : { STRANGE: manner, STRANGE_AT: '' }) },
  });

  before(async () => {
    lab = await createLab();
    await lab.addMachine('maquina1');
  });

  after(() => lab.dispose());

  async function until(holds: () => boolean): Promise<void> {
    for (const end = Date.now() + patience; !holds();) {
      assert.ok(Date.now() < end, `${String(holds)} does not hold`);
      await sleep(20);
    }
  }

  function endEveryVirsh(): void {
    const own = processesOf(lab.dir).filter(({ program: name }) => name === 'virsh');
    for (const { pid } of own) process.kill(pid, 'SIGKILL');
  }

  const manners: readonly (readonly [string, readonly FailureKind[]])[] = [
    ['crashes', ['other', 'unreachable']],
    ['refuses', ['noPermission']],
    ['mute', ['timeout']],
  ];
  for (const [strange, kinds] of manners)
    it(`says so above the last good data, and recovers (${strange})`, async () => {
      manner = undefined;
      const { run } = new LabHost(lab).host;
      const host = new Host(lab.uri, run, new VirshConnection(program));
      const watch = new Watch(host, { program, intervalMs: () => 500 });
      const rows = () =>
        buildTree(host, { namePattern: undefined, locale: 'en' }).children.map(({ kind, id }) =>
          kind === 'group' ? id.slice(id.lastIndexOf('/') + 1) : kind,
        );
      try {
        watch.look(true);
        await until(() => host.state.inventory?.domains[0]?.disks.length === 1);
        assert.deepEqual(rows(), ['templates', 'machines', 'pools']);
        manner = strange;
        endEveryVirsh();
        await until(() => host.state.error !== undefined);
        const { error, inventory } = host.state;
        assert.ok(error instanceof CommandError && kinds.includes(error.kind), String(error));
        assert.equal(inventory?.domains[0]?.name, 'maquina1');
        assert.deepEqual(rows(), ['message', 'templates', 'machines', 'pools']);
        manner = undefined;
        // Where a person is needed, one has to say that it may be tried again.
        if (error.kind === 'noPermission') await host.refresh();
        await until(() => host.state.error === undefined);
        assert.deepEqual(rows(), ['templates', 'machines', 'pools']);
      } finally {
        watch.dispose();
        host.dispose();
      }
    });

  it('holds up no command on another host while it is silent', async () => {
    manner = 'mute';
    const { run } = new LabHost(lab).host;
    const silent = new Host(lab.uri, run, new VirshConnection(program));
    const watch = new Watch(silent, { program, intervalMs: () => 500 });
    const other = new LabHost(lab);
    try {
      watch.look(true);
      let answered = false;
      const reading = silent.refresh().then(() => (answered = true));
      const machine = async () => {
        const lineage = await other.lineage();
        const [domain] = lineage.inventory.domains;
        assert.ok(domain);
        return { lineage, domain };
      };
      const off = await machine();
      await other.run(start(off.domain, off.lineage));
      const on = await machine();
      assert.equal(on.domain.state, 'running');
      await other.run(forceOff(on.domain, on.lineage));
      assert.equal((await machine()).domain.state, 'shutoff');
      assert.equal(answered, false, 'the silent host was waited for');
      silent.dispose();
      await reading;
    } finally {
      watch.dispose();
      silent.dispose();
      other.host.dispose();
    }
  });
});
