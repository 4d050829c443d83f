import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readScreen } from '../../src/display/readScreen';
import { Relay } from '../../src/display/relay';
import { routeTo, type Route } from '../../src/display/route';
import type { OpenScreen, Screen } from '../../src/display/screen';
import { openStream } from '../../src/display/stream';
import { Host } from '../../src/host/host';
import { makeRun } from '../../src/host/process';
import { SharedSsh } from '../../src/host/sharedSsh';
import { VirshConnection } from '../../src/host/virshConnection';
import { commandLine } from '../../src/plan/script';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { paths } from '../support/labHost';
import { startSshServer, type SshServer } from '../support/sshServer';

const secret = 'geheim42';

describe('the display of a machine', () => {
  let lab: Lab;
  let server: SshServer;
  let shared: SharedSsh;
  let host: Host;
  let onPort: LabMachine;
  let onSocket: LabMachine;
  /** What the log is told of the commands that ran. */
  const log: string[] = [];

  before(async () => {
    lab = await createLab();
    server = await startSshServer(lab);
    const key = await server.makeKey('key');
    await server.allow(key);
    await server.configure(key, 'known');
    shared = new SharedSsh(server.env);
    onPort = await lab.addMachine('on-port', {
      graphics: `<graphics type='vnc' autoport='yes' passwd='${secret}'/>`,
    });
    const socket = path.join(lab.dir, 'v: 1');
    onSocket = await lab.addMachine('on-socket', { graphics: `<graphics type='vnc' socket='${socket}'/>` });
    for (const { uuid } of [onPort, onSocket]) await lab.virsh('start', uuid);
    const run = makeRun(
      () => paths,
      lab.env,
      ({ spec, stderr }) => log.push(`${commandLine(spec)} ${stderr}`),
    );
    host = new Host(lab.uri, run, new VirshConnection(() => ({ file: 'virsh', uri: lab.uri, env: lab.env })));
  });

  after(async () => {
    host.dispose();
    await shared.dispose();
    await server.stop();
    await lab.dispose();
  });

  it('is read from libvirt with its password, which neither a command line nor the log shows', async () => {
    const { screen, password } = await readScreen(host, onPort.uuid);
    assert.equal(screen.kind, 'port');
    assert.equal(password, secret);
    assert.ok(log.length > 0);
    assert.ok(!log.join('\n').includes(secret));
    assert.equal((await readScreen(host, onSocket.uuid)).screen.kind, 'socket');
  });

  for (const [where, uriOf] of [
    ['here', () => lab.uri],
    ['through ssh', () => server.uri],
  ] as const) {
    it(`greets on a port and asks for its password, ${where}`, async () => {
      const talk = await talkTo(uriOf(), onPort);
      assert.equal(await talk.read(12), 'RFB 003.008\n');
      talk.relay.send(bytesOf('RFB 003.008\n'));
      assert.equal(await talk.read(2), '\x01\x02', 'one way in: a password');
      talk.relay.dispose();
      assert.equal(talk.ended, false, 'who ends it is not told of its end');
    });

    it(`greets on a Unix socket, ${where}`, async () => {
      const talk = await talkTo(uriOf(), onSocket);
      assert.equal(await talk.read(12), 'RFB 003.008\n');
      talk.relay.send(bytesOf('RFB 003.008\n'));
      assert.equal(await talk.read(2), '\x01\x01', 'one way in: none is asked');
      talk.relay.dispose();
    });
  }

  it('leaves no socket of ours behind, and knocks at ssh once', async () => {
    await socketsGone();
    assert.equal((await server.visits()).gotIn, 1);
    // What the connection's owner was asked to forward, it was asked to forget.
    (await talkTo(server.uri, onSocket)).relay.dispose();
    await socketsGone();
  });

  it('goes through an ssh of its own where no connection is shared', async () => {
    for (const machine of [onPort, onSocket]) {
      const talk = await talkTo(server.uri, machine, server.env);
      assert.equal(await talk.read(12), 'RFB 003.008\n');
      talk.relay.dispose();
    }
    await socketsGone();
  });

  it('says why it cannot be reached', async () => {
    const nobody: OpenScreen = { kind: 'port', address: '127.0.0.1', port: 1, everywhere: false };
    await assert.rejects(openStream(route(lab.uri, nobody), lab.env), /ECONNREFUSED/);
    const env = { ...server.env, ...shared.variables };
    const stream = await openStream(route(server.uri, nobody), env);
    const error = await new Promise<Error>((resolve) => stream.once('error', resolve).resume());
    assert.match(error.message, /forwarding (request )?failed/i);
    await assert.rejects(
      openStream(route(server.uri.replace(/:\d+\//, ':1/'), { kind: 'socket', path: '/x' }), server.env),
      /Connection refused/,
    );
    await socketsGone();
  });

  it('ends when its machine is switched off', async () => {
    const talks = await Promise.all([
      talkTo(lab.uri, onPort),
      talkTo(server.uri, onPort),
      talkTo(server.uri, onSocket),
    ]);
    for (const talk of talks) await talk.read(12);
    for (const { uuid } of [onPort, onSocket]) await lab.virsh('destroy', uuid);
    await until(() => talks.every(({ ended }) => ended));
    assert.equal((await readScreen(host, onPort.uuid)).screen.kind, 'pending');
  });

  interface Talk {
    readonly relay: Relay;
    ended: boolean;
    /** The next bytes, as Latin 1. */
    read(length: number): Promise<string>;
  }

  async function talkTo(
    uri: string,
    { uuid }: LabMachine,
    env: NodeJS.ProcessEnv = { ...server.env, ...shared.variables },
  ): Promise<Talk> {
    const { screen } = await readScreen(host, uuid);
    let received = '';
    const stream = await openStream(route(uri, screen), env);
    const talk: Talk = {
      ended: false,
      relay: new Relay(
        stream,
        (bytes) => (received += Buffer.from(bytes).toString('latin1')),
        () => (talk.ended = true),
      ),
      async read(length) {
        await until(() => received.length >= length);
        const text = received.slice(0, length);
        received = received.slice(length);
        return text;
      },
    };
    return talk;
  }

  function route(uri: string, screen: Screen): Route {
    assert.ok(screen.kind === 'port' || screen.kind === 'socket', screen.kind);
    const found = routeTo(uri, screen);
    assert.ok(found !== undefined);
    return found;
  }
});

function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, 'latin1')).buffer;
}

/** Our private sockets that are left: in the file system, and such as ssh still listens on. */
async function ourSockets(): Promise<string[]> {
  const files = (await readdir(tmpdir())).filter((name) => name.startsWith('llc-vnc-'));
  const listening = (await readFile('/proc/net/unix', 'utf8'))
    .split('\n')
    .filter((line) => line.includes('llc-vnc-') && line.includes(' 00010000 '));
  return [...files, ...listening];
}

/** Waits until none of our private sockets is left. */
async function socketsGone(): Promise<void> {
  await until(async () => (await ourSockets()).length === 0);
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await isTrue()); waited += 50) {
    assert.ok(waited < 30_000, 'it does not happen');
    await sleep(50);
  }
}
