import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { CommandError, type FailureKind } from '../../src/host/errors';
import { Host, type HostState } from '../../src/host/host';
import { makeRun } from '../../src/host/process';
import { SharedSsh } from '../../src/host/sharedSsh';
import { unattendedUri } from '../../src/host/uri';
import { VirshConnection } from '../../src/host/virshConnection';
import { Watch } from '../../src/host/watch';
import { createLab, type Lab } from '../support/lab';
import { paths } from '../support/labHost';
import { password, startSshServer, type SshServer } from '../support/sshServer';

describe('a host behind ssh', () => {
  let lab: Lab;
  let server: SshServer;
  let shared: SharedSsh;
  let key: string;
  let locked: string;

  before(async () => {
    lab = await createLab();
    server = await startSshServer(lab);
    key = await server.makeKey('key');
    locked = await server.makeKey('locked', 'geheim');
  });

  after(async () => {
    await server.stop();
    await lab.dispose();
  });

  beforeEach(async () => {
    shared = new SharedSsh(server.env);
    await server.allow(key);
    await server.configure(key, 'known');
  });

  afterEach(async () => {
    await shared.dispose();
    assert.deepEqual(await connectionDirs(), []);
  });

  it('is read over one connection, however many commands are sent', async () => {
    const before = await server.visits();
    for (let times = 0; times < 3; times++) {
      const { inventory, error } = await read();
      assert.equal(error, undefined);
      assert.deepEqual(
        inventory?.pools.map(({ name, active }) => [name, active]),
        [['default', true]],
      );
    }
    assert.equal((await server.visits()).gotIn, before.gotIn + 1);
  });

  it('is read over the connection that the user’s own configuration shares', async () => {
    const own = path.join(lab.dir, 'ssh', 'own');
    await server.configure(key, 'known', `ControlMaster auto\nControlPath ${own}\nControlPersist 60`);
    assert.equal((await read()).error, undefined);
    assert.ok(existsSync(own));
    assert.deepEqual(
      (await connectionDirs()).flatMap(({ names }) => names),
      ['ssh'],
    );
    await execa('ssh', ['-o', `ControlPath=${own}`, '-O', 'exit', 'host'], { env: server.env });
  });

  it('is refused while its key is not known, and known afterwards by nobody', async () => {
    await server.configure(key, 'unknown');
    await refused('hostKeyUnknown');
    await refused('hostKeyUnknown');
  });

  it('is refused where it shows another key than before', async () => {
    await server.configure(key, 'changed');
    await refused('hostKeyChanged');
  });

  it('refuses a key that it does not know', async () => {
    await server.allow(locked);
    const { message } = await refused('authentication');
    assert.match(message, /Permission denied \(publickey\)/);
  });

  it('cannot be reached where nobody listens', async () => {
    const uri = server.uri.replace(`:${server.port}/`, ':1/');
    const { message } = await refused('unreachable', uri);
    assert.match(message, /port 1: Connection refused/);
  });

  it('asks for a passphrase in the terminal only, and what is read then needs none', async () => {
    await server.allow(locked);
    await server.configure(locked, 'known');
    await refused('authentication');
    await inTerminal('geheim');
    assert.equal((await read()).error, undefined);
  });

  it('asks for a password in the terminal only, and what is read then needs none', async function () {
    if (password === undefined) this.skip();
    await server.stop();
    await server.start('password');
    try {
      const { message } = await refused('authentication');
      assert.match(message, /Permission denied \(password\)/);
      const { gotIn } = await server.visits();
      await inTerminal(password);
      assert.equal((await read()).error, undefined);
      assert.equal((await server.visits()).gotIn, gotIn + 1);
    } finally {
      await server.stop();
      await server.start();
    }
  });

  it('asks about an unknown key in the terminal, and is read when that was answered', async () => {
    await server.configure(key, 'unknown');
    await inTerminal('yes');
    assert.equal((await read()).error, undefined);
  });

  it('is watched over the same connection; without a right key it knocks once, until a person gets in', async () => {
    await server.allow(locked);
    const before = await server.visits();
    const { host, watch } = watched();
    try {
      await until(() => host.state.error !== undefined);
      await sleep(3000);
      assert.equal((await server.visits()).came, before.came + 1, 'too many failing logins lock people out');

      await server.allow(key);
      assert.equal((await host.refresh()).error, undefined);
      await withPool('made-by-others', () => until(() => poolsOf(host).includes('made-by-others')));
      assert.equal((await server.visits()).gotIn, before.gotIn + 1);
    } finally {
      watch.dispose();
      host.dispose();
    }
  });

  it('comes back over a new connection when one is cut, without a word where that is soon', async () => {
    const { gotIn } = await server.visits();
    const { host, watch } = watched();
    const told: HostState[] = [];
    try {
      await until(() => host.state.inventory?.pools.length === 1);
      await host.refresh('changes'); // comes after the first reading, and after the events
      host.onDidChange(() => told.push(host.state));
      await server.cut();
      await withPool('made-by-others', () => until(() => poolsOf(host).includes('made-by-others')));
      assert.deepEqual(
        told.flatMap(({ error }) => error ?? []),
        [],
      );
      assert.equal((await server.visits()).gotIn, gotIn + 2);
    } finally {
      watch.dispose();
      host.dispose();
    }
  });

  it('says that it was cut off above the last good data, knocks ever more rarely, and catches up', async () => {
    const { host, watch } = watched();
    try {
      await until(() => host.state.inventory?.pools.length === 1);
      await host.refresh('changes'); // comes after the first reading, and after the events
      await server.stop();
      const since = performance.now();
      const before = await server.starts();
      await until(() => host.state.error !== undefined);
      const { error } = host.state;
      assert.ok(error instanceof CommandError);
      assert.equal(error.kind, 'unreachable', error.stderr);
      assert.deepEqual(poolsOf(host), ['default']);
      await withPool('made-meanwhile', async () => {
        await until(async () => (await server.starts()) - before >= 4);
        // At once, and after 1, 2, 4… s. One more where a question was under way when the connection was cut.
        const seconds = (performance.now() - since) / 1000;
        const starts = (await server.starts()) - before;
        assert.ok(starts <= 3 + Math.log2(seconds + 1), `${starts} times in ${seconds} s`);
        const { gotIn } = await server.visits();
        await server.start();
        await until(() => poolsOf(host).includes('made-meanwhile') && host.state.error === undefined);
        await host.refresh('changes');
        assert.equal((await server.visits()).gotIn, gotIn + 1);
      });
    } finally {
      watch.dispose();
      host.dispose();
    }
  });

  function open(uri = server.uri): Host {
    const env = { ...server.env, ...shared.variables };
    const run = makeRun(
      () => paths,
      env,
      () => undefined,
    );
    const program = () => ({ file: 'virsh', uri: unattendedUri(uri), env });
    return new Host(uri, run, new VirshConnection(program));
  }

  /** A host that somebody looks at. */
  function watched(): { host: Host; watch: Watch } {
    const host = open();
    const env = { ...server.env, ...shared.variables };
    const program = () => ({ file: 'virsh', uri: unattendedUri(server.uri), env });
    const watch = new Watch(host, { program, intervalMs: () => 500 });
    watch.look(true);
    return { host, watch };
  }

  function poolsOf(host: Host): string[] {
    return host.state.inventory?.pools.map(({ name }) => name) ?? [];
  }

  /** While others have made a pool of this name. */
  async function withPool(name: string, use: () => Promise<void>): Promise<void> {
    await lab.definePool(name, path.join(lab.dir, name));
    try {
      await use();
    } finally {
      await lab.virsh('pool-destroy', name);
      await lab.virsh('pool-undefine', name);
    }
  }

  async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 40_000; !(await isTrue());) {
      assert.ok(Date.now() < end, `${String(isTrue)} does not hold`);
      await sleep(50);
    }
  }

  async function read(uri = server.uri): Promise<HostState> {
    const host = open(uri);
    try {
      return await host.refresh();
    } finally {
      host.dispose();
    }
  }

  async function refused(kind: FailureKind, uri?: string): Promise<CommandError> {
    const { error } = await read(uri);
    assert.ok(error instanceof CommandError, String(error));
    assert.equal(error.kind, kind, error.stderr);
    return error;
  }

  /** What *Connect in Terminal* runs, in a terminal whose user types this answer when asked. */
  async function inTerminal(answer: string): Promise<void> {
    const env = { ...server.env, ...shared.variables };
    const command = `virsh --connect '${server.uri}' uri`;
    const terminal = execa('script', ['-qec', command, '/dev/null'], {
      env,
      extendEnv: false,
      timeout: 30_000,
      reject: false,
    });
    let said = '';
    terminal.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
    for (let waited = 0; !/passphrase for key|'s password:|continue connecting/.test(said); waited += 50) {
      assert.ok(waited < 20_000, `asked nothing: ${said}`);
      await sleep(50);
    }
    terminal.stdin.write(`${answer}\n`);
    const { exitCode } = await terminal;
    assert.equal(exitCode, 0, said);
  }

  async function connectionDirs(): Promise<{ dir: string; names: string[] }[]> {
    const parent = server.env.XDG_RUNTIME_DIR ?? '';
    const dirs = (await readdir(parent)).filter((name) => name.startsWith('llc-ssh-'));
    return Promise.all(dirs.map(async (dir) => ({ dir, names: await readdir(path.join(parent, dir)) })));
  }
});
