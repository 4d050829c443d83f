import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Host, type Connection } from '../../src/host/host';
import { makeRun } from '../../src/host/process';
import { VirshConnection } from '../../src/host/virshConnection';
import { Watch } from '../../src/host/watch';
import { createLab, type Lab } from '../support/lab';
import { paths } from '../support/labHost';

const intervalMs = 1000;
const intervals = 6;
// Sessions that were opened for the first reading are closed after 15 s without work.
const settledMs = 18_000;

describe('a host with which nothing happens', () => {
  let lab: Lab;
  let host: Host;
  let watch: Watch;
  let log: string;
  let asked = 0;

  before(async () => {
    lab = await createLab();
    await lab.addMachine('maquina1');
    // So many volumes are listed by a process of its own, fewer by the session.
    const image = path.join(lab.dir, 'image.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '1M');
    for (let number = 0; number < 80; number++)
      await copyFile(image, path.join(lab.poolDir, `many-${number}.qcow2`));
    await lab.virsh('pool-refresh', 'default');
    await mkdir(path.join(lab.dir, 'few'));
    await lab.definePool('few', path.join(lab.dir, 'few'));

    // Each start of a virsh, whoever starts it, is a line in the log.
    log = path.join(lab.dir, 'starts');
    await writeFile(log, '');
    const virsh = path.join(lab.dir, 'virsh');
    await writeFile(virsh, `#!/bin/sh\necho "$*" >>'${log}'\nexec virsh "$@"\n`, { mode: 0o755 });
    const program = () => ({ file: virsh, uri: lab.uri, env: lab.env });
    const connection = new VirshConnection(program);
    const counting: Connection = {
      program,
      askAll: (commands, options) => {
        asked += commands.length;
        return connection.askAll(commands, options);
      },
      dispose: () => connection.dispose(),
    };
    const run = makeRun(
      () => ({ ...paths, virsh }),
      lab.env,
      () => undefined,
    );
    host = new Host(lab.uri, run, counting);
    watch = new Watch(host, { program, intervalMs: () => intervalMs });
    watch.look(true);
    await host.refresh();
    assert.equal(host.state.inventory?.pools.flatMap(({ volumes }) => volumes).length, 81);
    await sleep(settledMs);
  });

  after(async () => {
    watch.dispose();
    host.dispose();
    await lab.dispose();
  });

  const starts = () => readFileSync(log, 'utf8').split('\n').length - 1;

  it('costs at most one short process an interval while somebody looks', async () => {
    const [processes, commands] = [starts(), asked];
    await sleep(intervals * intervalMs);
    assert.ok(asked > commands, 'names are compared');
    assert.ok(starts() > processes, 'the large pool is listed');
    assert.ok(starts() - processes <= intervals, readFileSync(log, 'utf8'));
  });

  it('costs nothing while nobody looks', async () => {
    watch.look(false);
    await host.refresh('changes'); // what was under way is over then
    const before = [starts(), asked];
    await sleep(3 * intervalMs);
    assert.deepEqual([starts(), asked], before);
  });
});
