import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteForVirsh } from '../../src/host/commandLine';
import { CommandError, type FailureKind } from '../../src/host/errors';
import { Lanes } from '../../src/host/lanes';
import { VirshSession, type SessionProgram } from '../../src/host/session';
import { domainXml, escapeXml } from '../support/domainXml';
import { createLab, type Lab } from '../support/lab';
import { processesOf, startTimeOf } from '../support/labProcesses';

const strangeVirsh = path.resolve(import.meta.dirname, '../support/strange-virsh.mjs');
const root = path.resolve(import.meta.dirname, '../..');
const uuids = Array.from({ length: 5 }, (_, index) => `44444444-4444-4444-8444-00000000000${index}`);

describe('a session with virsh', () => {
  let lab: Lab;
  let session: VirshSession;
  let history: string;
  const program = (env: NodeJS.ProcessEnv = {}): SessionProgram => ({
    file: 'virsh',
    env: { ...lab.env, ...env },
    uri: lab.uri,
  });

  before(async () => {
    lab = await createLab();
    history = path.join(lab.dir, 'k/libvirt/virsh/history');
    await mkdir(path.dirname(history), { recursive: true });
    await writeFile(history, 'the user typed this\n');
    for (const [index, uuid] of uuids.entries()) await define(`machine${index}`, uuid);
  });

  beforeEach(() => {
    session = new VirshSession(program);
  });

  afterEach(() => session.dispose());

  after(async () => {
    await lab.dispose();
    assert.deepEqual(processesOf(lab.dir), []);
  });

  async function define(name: string, uuid: string, description = ''): Promise<void> {
    const file = path.join(lab.dir, 'define.xml');
    const xml = domainXml(name, uuid, '/nowhere', {});
    await writeFile(
      file,
      xml.replace('<memory', `<description>${escapeXml(description)}</description><memory`),
    );
    await lab.virsh('define', file);
  }

  function daemon(): number {
    const pid = processesOf(lab.dir).find((process) => process.program === 'libvirtd')?.pid;
    assert.ok(pid !== undefined, 'no libvirtd');
    return pid;
  }

  async function kill(pid: number, signal: NodeJS.Signals): Promise<void> {
    process.kill(pid, signal);
    await until(() => startTimeOf(pid) === undefined);
  }

  it('answers 500 questions in order, each with its own output and errors', async () => {
    const commands = Array.from({ length: 500 }, (_, index) =>
      index % 3 === 0 ? `domstate nobody${index}` : `dumpxml ${uuids[index % 5]}`,
    );
    const replies = await Promise.all(commands.map((command) => session.ask(command)));
    for (const [index, { stdout, stderr }] of replies.entries()) {
      if (index % 3 === 0)
        assert.deepEqual([stdout, stderr], ['', `error: failed to get domain 'nobody${index}'\n`]);
      else {
        assert.match(stdout, new RegExp(`^<domain [^]*<uuid>${uuids[index % 5]}</uuid>[^]*</domain>\n$`));
        assert.equal(stderr, '');
      }
    }
  });

  it('reads any text that a definition may hold, byte for byte', async () => {
    const marks = `~bAAAAAA0.~eAAAAAA0.\nvirsh # echo ~\\eAAAAAA0.\n~\\b;quit`;
    const uuid = '44444444-4444-4444-8444-0000000000ff';
    const name = `it's "x" ]]> ~\\b; $(id) 😀 \u202e -- --help `;
    await define(name, uuid, `${marks} <!-- ]]> &amp; ñ 😀 \t ${'long '.repeat(20_000)}`);
    const { stdout } = await session.ask(`dumpxml ${uuid}`);
    assert.equal(stdout.trimEnd(), (await lab.virsh('dumpxml', uuid)).trimEnd());
    assert.equal((await session.ask(`domuuid --domain ${quoteForVirsh(name)}`)).stdout.trim(), uuid);
    await lab.virsh('undefine', uuid);
  });

  it('asks for names with control characters too, which do nothing but name', async () => {
    const names = ['tab\there', `cr\rundefine ${uuids[0]}\r`, `line\nundefine ${uuids[0]}\n`, 'del\x7f'];
    for (const name of names) await writeFile(path.join(lab.poolDir, name), '');
    await lab.virsh('pool-refresh', 'default');
    for (const name of names) {
      const command = `vol-path --pool default --vol ${quoteForVirsh(name)}`;
      const { stdout, stderr } = await session.ask(command);
      assert.equal(stderr, '', JSON.stringify(name));
      assert.equal(stdout.replace(/\n$/, ''), path.join(lab.poolDir, name));
    }
    const missing = await session.ask(`vol-path --pool default --vol 'tab\tthere'`);
    assert.equal(missing.stdout, '');
    assert.match(missing.stderr, /^error: failed to get vol 'tab\tthere'\n/);
    assert.match((await session.ask(`dumpxml ${uuids[0]}`)).stdout, /machine0/);
    for (const name of names) await rm(path.join(lab.poolDir, name));
    await lab.virsh('pool-refresh', 'default');
  });

  it('stays with the same process through commands that fail or cannot be parsed', async () => {
    await session.ask('uri');
    const { pid } = session;
    const failing: readonly [string, RegExp][] = [
      ['no-such-command', /^error: unknown command: 'no-such-command'\n$/],
      ['dumpxml "machine0', /^error: missing "\n$/],
      [`dumpxml 'nobody`, /^error: failed to get domain 'nobody'\n$/],
      ['dumpxml nobody \\', /^error: dangling \\\n$/],
      ['dumpxml', /^error: command 'dumpxml' requires <domain> option\n$/],
      ['dumpxml machine0; bogus', /^error: unknown command: 'bogus'\n$/],
      ['# dumpxml machine0', /^$/],
    ];
    for (const [command, said] of failing) {
      const { stdout, stderr } = await session.ask(command);
      assert.equal(stdout, '', command);
      assert.match(stderr, said);
      assert.deepEqual(await session.ask('uri'), { stdout: 'qemu:///session\n', stderr: '' });
    }
    assert.equal(session.pid, pid);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`loses no answer when libvirtd ends by ${signal} in the middle`, async () => {
      await session.ask('uri');
      const { pid } = session;
      const asked = Array.from({ length: 600 }, (_, index) => session.ask(`dumpxml ${uuids[index % 5]}`));
      await asked[100];
      process.kill(daemon(), signal);
      for (const [index, reply] of asked.entries())
        assert.match((await reply).stdout, new RegExp(uuids[index % 5] ?? ''), `reply ${index}`);
      assert.equal(session.pid, pid, 'it reconnects');
    });

  it("starts the session's daemon as the user would have, and leaves their history alone", async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await kill(daemon(), signal);
      const fresh = new VirshSession(program);
      for (const each of [fresh, session]) assert.match((await each.ask('list --all')).stdout, /machine0/);
      fresh.dispose();
      const environment = readFileSync(`/proc/${daemon()}/environ`, 'utf8').split('\0');
      assert.ok(environment.includes(`XDG_CACHE_HOME=${lab.env.XDG_CACHE_HOME}`), environment.join('\n'));
    }
    const { pid } = session;
    session.dispose();
    await until(() => pid !== undefined && startTimeOf(pid) === undefined);
    assert.equal(readFileSync(history, 'utf8'), 'the user typed this\n');
    assert.deepEqual(existsSync(path.join(root, 'libvirt')), false);
  });

  it('says that libvirt is not running, and goes on when it is back', async () => {
    const env = { LIBVIRT_AUTOSTART: '0' };
    const open = new VirshSession(() => program(env));
    const fresh = new VirshSession(() => program(env));
    await open.ask('uri');
    const { pid } = open;
    await kill(daemon(), 'SIGTERM');
    for (const each of [open, fresh, open, fresh]) await rejects(each.ask('list --all'), 'notRunning');
    await lab.virsh('uri');
    for (const each of [open, fresh]) {
      const { stdout, stderr } = await each.ask('list --all');
      assert.match(stdout, /machine0/);
      assert.equal(stderr, '');
    }
    assert.equal(open.pid, pid);
    open.dispose();
    fresh.dispose();
  });

  it('gives up a daemon that hangs in time, and a virsh that hangs with it', async () => {
    await session.ask('uri');
    const { pid = 0 } = session;
    const frozen = daemon();
    process.kill(frozen, 'SIGSTOP');
    try {
      await rejects(session.ask('list --all', { timeoutMs: 300 }), 'timeout');
      await until(() => startTimeOf(pid) === undefined);
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
    assert.match((await session.ask('list --all')).stdout, /machine0/);
  });

  it('opens another process when its own was killed', async () => {
    await session.ask('uri');
    const { pid = 0 } = session;
    // Asked before the end of the process is known: it has read nothing of the question.
    process.kill(pid, 'SIGKILL');
    assert.equal((await session.ask('uri')).stdout, 'qemu:///session\n');
    assert.notEqual(session.pid, pid);
    await kill(session.pid ?? 0, 'SIGKILL');
    assert.equal((await session.ask('uri')).stdout, 'qemu:///session\n');
  });

  it('ends its process when it is disposed, and what is asked', async () => {
    await session.ask('uri');
    const { pid = 0 } = session;
    const asked = [session.ask('list --all'), session.ask('uri'), session.ask(`echo 'a\tb'`)];
    session.dispose();
    for (const reply of [...asked, session.ask('uri')]) await rejects(reply, 'cancelled');
    await until(() => startTimeOf(pid) === undefined);
    assert.equal(session.pid, undefined);
  });

  it('talks to drivers that need no daemon, which keep nothing alive', async () => {
    const other = new VirshSession(() => ({ ...program(), uri: 'test:///default' }));
    assert.equal((await other.ask('list --name')).stdout.trim(), 'test');
    other.dispose();
  });

  it('says what is wrong where there is nothing to talk to', async () => {
    const absent = { ...program(), file: '/nowhere/virsh' };
    const unconnected = { ...program(), uri: 'qemu+unix:///system?socket=/nowhere' };
    for (const [wrong, kind] of [
      [absent, 'notInstalled'],
      [unconnected, 'notRunning'],
    ] as const) {
      const other = new VirshSession(() => wrong);
      const asked = [other.ask('uri'), other.ask('uri'), other.ask(`echo 'a\tb'`)];
      for (const reply of asked) await rejects(reply, kind);
      other.dispose();
    }
  });

  it('leaves no virsh behind when its own process is killed, and does not keep it alive', async () => {
    const script = `
      import { VirshSession } from ${JSON.stringify(path.join(root, 'src/host/session.ts'))};
      const session = new VirshSession(() => ({ file: 'virsh', env: process.env, uri: 'qemu:///session' }));
      await session.ask('uri');
      console.log(session.pid);
      if (process.env.STAY) setInterval(() => undefined, 1000);`;
    for (const stay of ['', 'yes']) {
      const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
      const parent = spawn(process.execPath, args, { cwd: root, env: { ...lab.env, STAY: stay } });
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      assert.ok(pid > 0);
      if (stay !== '') parent.kill('SIGKILL');
      if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit');
      await until(() => startTimeOf(pid) === undefined);
    }
  });

  describe('in lanes', () => {
    const commands = Array.from({ length: 400 }, (_, index) => `dumpxml ${uuids[index % 5]}`);

    it('asks much side by side, and closes what it does not need any more', async () => {
      const opened: VirshSession[] = [];
      const lanes = new Lanes(() => opened[opened.push(new VirshSession(program)) - 1] ?? session, 3, 200);
      await lanes.askAll(['uri']);
      assert.equal(opened.length, 1);
      const seen = new Set<number>();
      const replies = await lanes.askAll(commands, { onReply: (_, index) => seen.add(index) });
      assert.equal(seen.size, commands.length);
      for (const [index, { stdout }] of replies.entries())
        assert.match(stdout, new RegExp(uuids[index % 5] ?? ''));
      assert.equal(opened.length, 3);
      await until(() => opened.filter(({ pid }) => pid !== undefined).length === 1);
      assert.notEqual(opened[0]?.pid, undefined);
      assert.equal((await lanes.askAll(commands)).length, commands.length);
      lanes.dispose();
      await until(() => opened.every(({ pid }) => pid === undefined));
      await rejects(lanes.askAll(['uri']), 'cancelled');
    });

    it('lets a small batch overtake a big one', async () => {
      const lanes = new Lanes(() => new VirshSession(program), 1);
      let bigIsDone = false;
      const big = lanes.askAll(commands).then(() => (bigIsDone = true));
      await lanes.askAll(['uri', 'uri']);
      assert.equal(bigIsDone, false);
      await big;
      lanes.dispose();
    });

    it('stops at the first error, a cancellation, and a callback that throws', async () => {
      const lanes = new Lanes(() => new VirshSession(program), 2);
      const stop = new AbortController();
      const cancelled = lanes.askAll(commands, { signal: stop.signal, onReply: () => stop.abort() });
      await rejects(cancelled, 'cancelled');
      const thrown = new Error('from the callback');
      const onReply = () => {
        throw thrown;
      };
      await assert.rejects(lanes.askAll(commands, { onReply }), thrown);
      assert.equal((await lanes.askAll(['uri']))[0]?.stdout, 'qemu:///session\n');
      assert.deepEqual(await lanes.askAll([]), []);
      lanes.dispose();
      const absent = new Lanes(() => new VirshSession(() => ({ ...program(), file: '/nowhere/virsh' })), 2);
      await rejects(absent.askAll(commands), 'notInstalled');
      absent.dispose();
    });
  });

  describe('that is strange', () => {
    const log = () => path.join(lab.dir, 'strange.log');
    const strange = (manner: string, env: NodeJS.ProcessEnv = {}): VirshSession => {
      session = new VirshSession(() => ({
        file: strangeVirsh,
        env: { ...process.env, STRANGE: manner, STRANGE_LOG: log(), ...env },
        uri: 'qemu:///system',
      }));
      return session;
    };
    const starts = async () => (await readFile(log(), 'utf8')).trim().split('\n');

    beforeEach(() => rm(log(), { force: true }));

    /** What is asked behind a question that goes wrong is answered, by another process. */
    async function recovers(): Promise<void> {
      assert.deepEqual(await session.ask('say all is well'), { stdout: 'all is well\n', stderr: '' });
    }

    for (const manner of ['hangs', 'half', 'garbage'])
      it(`${manner}: gives up in time and goes on with another`, async () => {
        strange(manner);
        await recovers();
        const { pid = 0 } = session;
        const started = performance.now();
        const lost = session.ask('say strange words', { timeoutMs: 300 });
        const next = recovers();
        await rejects(lost, 'timeout');
        assert.ok(performance.now() - started < 5000);
        await next;
        assert.notEqual(session.pid, pid);
        await until(() => startTimeOf(pid) === undefined);
      });

    it('hangs: what waits behind it runs out of its own time, and can be cancelled', async () => {
      strange('hangs');
      const stop = new AbortController();
      const running = session.ask('say strange', { signal: stop.signal });
      const waiting = session.ask('say x', { timeoutMs: 200 });
      const dropped = session.ask('say y', { signal: AbortSignal.abort() });
      await rejects(dropped, 'cancelled');
      await rejects(waiting, 'timeout');
      stop.abort();
      await rejects(running, 'cancelled');
      await recovers();
    });

    it('hangs: another lane takes over', async () => {
      const lanes = new Lanes(() => strange('hangs'), 2);
      const hanging = lanes.askAll(['say strange'], { timeoutMs: 60_000 });
      assert.equal((await lanes.askAll(['say x'], { timeoutMs: 20_000 }))[0]?.stdout, 'x\n');
      lanes.dispose();
      await rejects(hanging, 'cancelled');
    });

    it('mute: only one session knocks at a host that does not answer', async () => {
      const lanes = new Lanes(() => strange('mute'), 4);
      const batches = Array.from({ length: 3 }, () =>
        lanes.askAll(Array<string>(100).fill('say x'), { timeoutMs: 3000 }),
      );
      for (const batch of batches) await rejects(batch, 'timeout');
      lanes.dispose();
      assert.equal((await starts()).length, 1);
    });

    it('hangs: a batch that no lane is free for runs out of time', async () => {
      const lanes = new Lanes(() => strange('hangs'), 1);
      const hanging = lanes.askAll(['say strange'], { timeoutMs: 5000 });
      await rejects(lanes.askAll(['say x'], { timeoutMs: 200 }), 'timeout');
      lanes.dispose();
      await rejects(hanging, 'cancelled');
    });

    it('dies: fails the question it had begun, and no other', async () => {
      strange('dies');
      const replies = ['say a', 'say strange', 'say b', 'say strange', 'say c'].map((each) =>
        session.ask(each),
      );
      for (const index of [1, 3]) await rejects(replies[index], 'other');
      const said = await Promise.all([0, 2, 4].map(async (index) => (await replies[index])?.stdout));
      assert.deepEqual(said, ['a\n', 'b\n', 'c\n']);
    });

    it('crashes: is started twice, not faster than four times a second, and fails all that wait', async () => {
      strange('crashes');
      const started = performance.now();
      const replies = Array.from({ length: 50 }, () => session.ask('say x'));
      for (const reply of replies) await rejects(reply, 'other');
      await rejects(session.ask('say x'), 'other');
      assert.ok(performance.now() - started > 740);
      assert.equal((await starts()).length, 4);
    });

    it('refuses: is asked once, and says why', async () => {
      strange('refuses');
      const replies = Array.from({ length: 50 }, () => session.ask('say x'));
      for (const reply of replies) await rejects(reply, 'noPermission');
      assert.deepEqual(await starts(), ['0'], 'one start, of a virsh that may not start a daemon itself');
    });

    for (const manner of ['mute', 'babbles'])
      it(`${manner}: gives up in time`, async () => {
        strange(manner);
        await rejects(session.ask('say x', { timeoutMs: 500 }), 'timeout');
        assert.equal(session.pid, undefined);
      });

    it('lost: asks again once, and then does not take it for an answer', async () => {
      strange('lost');
      await rejects(session.ask('say strange'), 'unreachable');
      await recovers();
      assert.equal((await starts()).length, 1);
    });

    it('slowly: reads what comes byte by byte', async () => {
      strange('slowly');
      assert.equal((await session.ask('say strange ñ 😀')).stdout, 'strange ñ 😀\n');
      await recovers();
    });

    it('late: gives an error that comes late to the command it belongs to', async () => {
      strange('late');
      await recovers();
      const [failed, next] = await Promise.all([session.ask('fail strange'), session.ask('say x')]);
      assert.deepEqual(failed, { stdout: '', stderr: 'error: strange\n' });
      assert.deepEqual(next, { stdout: 'x\n', stderr: '' });
    });
  });
});

async function rejects(reply: Promise<unknown> | undefined, kind: FailureKind): Promise<void> {
  assert.ok(reply !== undefined);
  await assert.rejects(reply, (error) => {
    assert.ok(error instanceof CommandError, String(error));
    assert.equal(error.kind, kind, error.message);
    return true;
  });
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!isSo()) {
    assert.ok(Date.now() < end, `not within 20 s: ${isSo.toString()}`);
    await sleep(10);
  }
}
