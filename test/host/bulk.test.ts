import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quoteForVirsh } from '../../src/host/commandLine';
import { CommandError } from '../../src/host/errors';
import { VirshSession, type SessionProgram } from '../../src/host/session';
import { VirshConnection } from '../../src/host/virshConnection';
import { createLab, type Lab } from '../support/lab';
import { processesOf } from '../support/labProcesses';

// So many that they are asked in bulk, by several processes.
const count = 1200;

describe('very much that is asked at once', () => {
  let lab: Lab;
  let connection: VirshConnection;
  const names = [`it's`, '~\\b;quit', '$(id) "x" ]]>', 'ñ 😀', 'tab\there', 'line\nbreak', '#', ' ends '];
  const program = (): SessionProgram => ({ file: 'virsh', env: lab.env, uri: lab.uri });

  before(async () => {
    lab = await createLab();
    for (const name of names) await writeFile(path.join(lab.poolDir, name), 'x');
    await lab.virsh('pool-refresh', 'default');
  });

  beforeEach(() => {
    connection = new VirshConnection(program);
  });

  afterEach(() => connection.dispose());

  after(() => lab.dispose());

  const commands = Array.from({ length: count }, (_, index) =>
    index % 10 === 9
      ? `vol-dumpxml --pool default --vol nobody${index}`
      : `vol-dumpxml --pool default --vol ${quoteForVirsh(names[index % names.length] ?? '')}`,
  );

  it('is answered as a session answers, also what fails', async () => {
    const seen = new Map<number, string>();
    const replies = await connection.askAll(commands, {
      onReply: ({ stdout }, index) => seen.set(index, stdout),
    });
    const session = new VirshSession(program);
    for (const index of [...names.keys(), 9, 19, 599, 1199]) {
      assert.deepEqual(replies[index], await session.ask(commands[index] ?? ''), commands[index]);
    }
    session.dispose();
    assert.deepEqual([replies.length, seen.size], [count, count]);
    replies.forEach(({ stdout, stderr }, index) => {
      assert.equal(seen.get(index), stdout);
      assert.match(index % 10 === 9 ? stderr : stdout, index % 10 === 9 ? /nobody/ : /<\/volume>/);
    });
  });

  it('is answered in full although the daemon is killed in the middle', async () => {
    let killed = false;
    const replies = await connection.askAll(commands, {
      onReply: () => {
        if (killed) return;
        killed = true;
        const daemon = processesOf(lab.dir).find((process) => process.program === 'libvirtd');
        process.kill(daemon?.pid ?? 0, 'SIGKILL');
      },
    });
    assert.ok(killed);
    // The daemon that is started anew knows the same volumes.
    for (const [index, { stdout }] of replies.entries())
      if (index % 10 !== 9) assert.match(stdout, /<\/volume>/, commands[index]);
  });

  it('can be cancelled, and then runs no longer', async () => {
    const stop = new AbortController();
    const asked = connection.askAll(commands, { signal: stop.signal, onReply: () => stop.abort() });
    await assert.rejects(asked, (error) => error instanceof CommandError && error.kind === 'cancelled');
    connection.dispose();
    for (let waited = 0; processesOf(lab.dir).some((process) => process.program === 'virsh'); waited += 50) {
      assert.ok(waited < 10_000, 'a virsh still runs');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
