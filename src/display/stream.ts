import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { execa } from 'execa';
import { CommandError, failureKind } from '../host/errors';
import type { Route } from './route';
import { forwardedSocket } from './sshForward';

/**
 * Opens a connection along a route. What goes wrong later destroys the stream with an error for people.
 * @param env the environment of ssh
 * @throws Error
 */
export async function openStream(route: Route, env: NodeJS.ProcessEnv): Promise<Duplex> {
  switch (route.by) {
    case 'socket':
      return connected(connect(route.path));
    case 'port':
      return connected(connect({ host: route.address, port: route.port, noDelay: true }));
    case 'ssh':
      return throughSsh(route.args, env);
    case 'sshSocket':
      return forwardedSocket(route.path, route.destination, env);
  }
}

async function connected(socket: Socket): Promise<Duplex> {
  await once(socket, 'connect');
  return socket;
}

/** The input and output of an ssh process as one stream; it lives as long as the process. */
function throughSsh(args: readonly string[], env: NodeJS.ProcessEnv): Duplex {
  const child = execa('ssh', args, {
    env,
    extendEnv: false,
    reject: false,
    buffer: { stdout: false },
    stdin: 'pipe',
  });
  const { stdin, stdout } = child;
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  stdout.on('data', (chunk) => {
    if (!stream.push(chunk)) stdout.pause();
  });
  // Why nothing can be written any more, the end of the process tells.
  stdin.on('error', () => undefined);
  void child.then(({ exitCode, stderr, failed }) => {
    const spec = { file: 'ssh', args } as const;
    stream.destroy(failed ? new CommandError(failureKind(stderr), spec, exitCode, stderr) : undefined);
  });
  return stream;
}
