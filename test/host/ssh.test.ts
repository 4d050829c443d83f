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
import { startSshServer, type SshServer } from '../support/sshServer';

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

  it('asks about an unknown key in the terminal, and is read when that was answered', async () => {
    await server.configure(key, 'unknown');
    await inTerminal('yes');
    assert.equal((await read()).error, undefined);
  });

  it('is watched over the same connection; without a right key it knocks once, until a person gets in', async () => {
    await server.allow(locked);
    const before = await server.visits();
    const host = open();
    const env = { ...server.env, ...shared.variables };
    const program = () => ({ file: 'virsh', uri: unattendedUri(server.uri), env });
    const watch = new Watch(host, { program, intervalMs: () => 500 });
    try {
      watch.look(true);
      await until(() => host.state.error !== undefined);
      await sleep(3000);
      assert.equal((await server.visits()).came, before.came + 1, 'too many failing logins lock people out');

      await server.allow(key);
      assert.equal((await host.refresh()).error, undefined);
      await lab.definePool('made-by-others', path.join(lab.dir, 'others'));
      await until(() => host.state.inventory?.pools.some(({ name }) => name === 'made-by-others') === true);
      assert.equal((await server.visits()).gotIn, before.gotIn + 1);
    } finally {
      watch.dispose();
      host.dispose();
      await lab.virsh('pool-destroy', 'made-by-others');
      await lab.virsh('pool-undefine', 'made-by-others');
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

  async function until(isTrue: () => boolean): Promise<void> {
    for (let waited = 0; !isTrue(); waited += 50) {
      assert.ok(waited < 15_000, 'it does not happen');
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
    for (let waited = 0; !/passphrase for key|continue connecting/.test(said); waited += 50) {
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
