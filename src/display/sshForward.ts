import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { CommandError, failureKind } from '../host/errors';

// Milliseconds until ssh has to have got in.
const patience = 30_000;

/**
 * A connection to a Unix socket of a host behind ssh. Its input and output ssh connects to a socket only since version
 * 9.4, so it forwards one of ours: in a directory that nobody else may enter, and that is gone as soon as the
 * connection stands.
 * @throws CommandError
 */
export async function forwardedSocket(
  remote: string,
  destination: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Duplex> {
  const dir = await mkdtemp(path.join(tmpdir(), 'llc-vnc-'));
  const local = path.join(dir, 's');
  const forward = ['-L', `${escaped(local)}:${escaped(remote)}`];
  const args = ['-N', '-o', 'ExitOnForwardFailure=yes', ...forward, ...destination];
  const options = { env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  const child = execa('ssh', args, { ...options, stdout: 'ignore' });
  let ended: { exitCode?: number | undefined; stderr: string } | undefined;
  void child.then((result) => (ended = result));
  try {
    // Who shares a connection hands the forwarding to its owner, and may end at once.
    const end = Date.now() + patience;
    while (!existsSync(local)) {
      if (ended !== undefined || Date.now() > end) throw failure(args, ended);
      await sleep(50);
    }
    const socket = connect(local);
    await once(socket, 'connect');
    socket.once('close', () => child.kill());
    // Where another process owns the connection, it would keep listening.
    await execa('ssh', ['-O', 'cancel', ...forward, ...destination], { ...options, stdout: 'ignore' });
    return socket;
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function failure(
  args: readonly string[],
  ended: { exitCode?: number | undefined; stderr: string } | undefined,
): CommandError {
  const spec = { file: 'ssh', args } as const;
  if (ended === undefined) return new CommandError('timeout', spec, undefined, '');
  return new CommandError(failureKind(ended.stderr), spec, ended.exitCode, ended.stderr);
}

/** A path as ssh reads it in a forwarding, whose parts are separated by colons. */
function escaped(file: string): string {
  return file.replace(/[\\:]/g, '\\$&');
}
