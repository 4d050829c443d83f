// eslint-disable-next-line no-restricted-imports -- a stream that never ends, read line by line; argv, no shell
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

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

// virsh reads nothing while it waits for events, so it only notices that its window is gone when this many seconds are
// over. It is the longest that a child outlives a window that was killed.
const roundSeconds = 20;

/**
 * Follows what happens on a host, by the event loops of a virsh for each kind of event. Volumes raise no events.
 * @param onEvent called for each event
 * @param onEnd called once, with what virsh said, when a stream has ended by itself: the host is in trouble
 * @returns ends the streams
 */
export function followEvents(
  { file, uri, env }: EventProgram,
  onEvent: (event: HostEvent) => void,
  onEnd: (stderr: string) => void,
): () => void {
  let ended = false;
  const end = () => {
    ended = true;
    for (const child of children) child.kill('SIGKILL');
  };
  const fail = (stderr: string) => {
    if (ended) return;
    end();
    onEnd(stderr);
  };
  const children: ChildProcess[] = subjects.map((subject) => {
    const child = spawn(file, ['-q', '-k', '5', '-K', '3', '-c', uri], {
      env: { ...env, LC_ALL: 'C.UTF-8', LANGUAGE: '', TERM: 'xterm', INPUTRC: '/dev/null' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stderr: string[] = [];
    const ask = () => child.stdin.write(`${subject} --loop --timestamp --timeout ${roundSeconds}\n`);
    child.on('error', (error) => fail(error.message));
    child.on('exit', () => fail(stderr.join('\n')));
    child.stdin.on('error', () => undefined); // told by `exit`
    createInterface(child.stdout).on('line', (line) => {
      const event = parseEvent(line);
      if (event !== undefined) onEvent(event);
      else if (line.endsWith('event loop timed out')) ask();
    });
    createInterface(child.stderr).on('line', (line) => {
      stderr.push(line);
      if (/^error: (Disconnected from|Failed to reconnect|failed to connect)/.test(line))
        fail(stderr.join('\n'));
    });
    ask();
    return child;
  });
  return end;
}

/**
 * One line of `virsh event --timestamp`: `2026-11-22 20:15:00.000+0000: event 'lifecycle' for domain 'NAME': Defined
 * Added`, the name as it is; of `pool-event`: `…: event 'lifecycle' for storage pool NAME: Started`.
 * @returns undefined for all other lines
 */
export function parseEvent(line: string): HostEvent | undefined {
  const domain = /: event '[^']+' for domain '(.*)'(?::|$)/.exec(line)?.[1];
  if (domain !== undefined) return { kind: 'domain', name: domain };
  const pool = /: event '[^']+' for storage pool (.*?)(?:: \w+)?$/.exec(line)?.[1];
  return pool === undefined ? undefined : { kind: 'pool', name: pool };
}
