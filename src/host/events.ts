// eslint-disable-next-line no-restricted-imports -- a stream that never ends, read line by line; argv, no shell
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { endsWithParent } from './endsWithParent';
import { keepAlive, quietEnvironment } from './virshPipe';

/** Something that happened on a host: to a domain, by the name it had then, or to a pool. */
export type HostEvent =
  { readonly kind: 'domain'; readonly name: string } | { readonly kind: 'pool'; readonly name: string };

/** How virsh is started. */
export interface EventProgram {
  readonly file: string;
  readonly uri: string;
  readonly env: NodeJS.ProcessEnv;
}

// virsh has no single command for all of them.
const subjects = ['event --all', 'pool-event --event lifecycle', 'pool-event --event refresh'];

// virsh reads nothing while it waits for events, so it does not notice that its window was killed. Where the kernel
// cannot be told to end it then, it waits only for so many seconds at a time, which is the longest that it may stay.
const roundSeconds = 20;

/** Events that are followed. */
export interface Following {
  /** Resolves when nothing that happens from now on is missed, or when it is known that events cannot be followed. */
  readonly ready: Promise<void>;
  end(): void;
}

/**
 * Follows what happens on a host, by the event loops of a virsh for each kind of event. Volumes raise no events. A
 * session's daemon is not started for that: who reads the host does.
 * @param onEvent called for each event
 * @param onEnd called once, with what virsh said, when a stream has ended by itself: the host is in trouble
 */
export function followEvents(
  program: EventProgram,
  onEvent: (event: HostEvent) => void,
  onEnd: (stderr: string) => void,
): Following {
  let ended = false;
  let getReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (getReady = resolve));
  const end = () => {
    ended = true;
    getReady();
    // A child that could not be spawned has no pid yet, and Node would kill process 0 in its place: the whole group of
    // this process, VS Code included.
    for (const child of children) if (child.pid !== undefined) child.kill('SIGKILL');
  };
  const fail = (stderr: string) => {
    if (ended) return;
    end();
    onEnd(stderr);
  };
  let unready = subjects.length;
  const children = subjects.map((subject) =>
    follow(program, subject, { onEvent, onEnd: fail, onReady: () => --unready === 0 && getReady() }),
  );
  return { ready, end };
}

interface Listener {
  readonly onEvent: (event: HostEvent) => void;
  readonly onEnd: (stderr: string) => void;
  readonly onReady: () => void;
}

function follow({ file, uri, env }: EventProgram, subject: string, listener: Listener): ChildProcess {
  const plain = { file, args: ['--quiet', ...keepAlive(uri), '--connect', uri] };
  const command = endsWithParent(plain, env);
  const child = spawn(command.file, command.args, {
    env: quietEnvironment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timeout = command === plain ? ` --timeout ${roundSeconds}` : '';
  const stderr: string[] = [];
  // The mark stands before the echo of the command, which virsh has then read.
  const ask = () => child.stdin.write(`echo ~\\ready\n${subject} --loop --timestamp${timeout}\n`);
  child.on('error', (error) => listener.onEnd(error.message));
  child.on('exit', () => listener.onEnd(stderr.join('\n')));
  child.stdin.on('error', () => undefined); // told by `exit`
  onLine(child.stdout, (line) => {
    const event = parseEvent(line);
    if (event !== undefined) listener.onEvent(event);
    else if (line.includes('~ready')) listener.onReady();
    else if (line.endsWith('event loop timed out')) ask();
  });
  onLine(child.stderr, (line) => {
    stderr.push(line);
    if (/^error: (Disconnected from|Failed to reconnect|failed to connect)/.test(line))
      listener.onEnd(stderr.join('\n'));
  });
  ask();
  return child;
}

/** Only a line feed ends a line: names may hold what else Unicode, and Node's readline, take for a line's end. */
function onLine(stream: Readable, listener: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(listener);
  });
}

/**
 * One line of `virsh event --timestamp`: `2026-11-22 20:15:00.000+0000: event 'lifecycle' for domain 'NAME': Defined
 * Added`, the name as it is; of `pool-event`: `…: event 'lifecycle' for storage pool NAME: Started`.
 * @returns undefined for all other lines
 */
export function parseEvent(line: string): HostEvent | undefined {
  const domain = /: event '[^']+' for domain '(.*)'(?::|$)/s.exec(line)?.[1];
  if (domain !== undefined) return { kind: 'domain', name: domain };
  const pool = /: event '[^']+' for storage pool (.*?)(?:: \w+)?$/s.exec(line)?.[1];
  return pool === undefined ? undefined : { kind: 'pool', name: pool };
}
