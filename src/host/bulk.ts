// eslint-disable-next-line no-restricted-imports -- its output is read as it comes; argv, no shell
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { endsWithParent } from './endsWithParent';
import { CommandError } from './errors';
import { defaultTimeoutMs, type AskOptions } from './session';
import { keepAlive, quietEnvironment, type SessionProgram } from './virshPipe';

export interface BulkOptions extends AskOptions {
  /** Milliseconds of silence after which a process is given up: with many commands it may take long. */
  readonly timeoutMs?: number;
  /** Called with what a command has printed, which is something. What it throws rejects all. */
  readonly onOutput: (stdout: string, index: number) => void;
}

// A process of its own costs what 60 commands cost, so each gets several times as many. virsh parses its command string
// in time that grows with the square of its length, and Linux allows one argument at most 128 KiB.
const commandsEach = 250;
const bytesEach = 60_000;
const sideBySide = 4;

// What virsh prints comes in small pieces; they are looked at together.
const lookAt = 64 * 1024;

/**
 * Asks very much of a local host: by a few short processes that get their commands as an argument. Readline, through
 * which a session on a pipe reads its commands, takes 3 to 8 µs a byte, which is more than the answers cost; with a
 * thousand commands that outweighs the starting of processes. Commands must read only.
 *
 * It never fails where a session would not: whose output is missing when it has ended is to be asked by a session,
 * which tells why.
 * @throws CommandError `timeout`, `cancelled`
 */
export async function askInBulk(
  program: SessionProgram,
  commands: readonly string[],
  options: BulkOptions,
): Promise<void> {
  const parts = split(commands);
  const lane = async () => {
    for (let part; (part = parts.shift()) !== undefined;) await askPart(program, part, options);
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
}

interface Part {
  /** The number of its first command among all. */
  readonly first: number;
  readonly commands: readonly string[];
}

function split(commands: readonly string[]): Part[] {
  const each = Math.ceil(commands.length / Math.ceil(commands.length / commandsEach));
  const parts: Part[] = [];
  let from = 0;
  let bytes = 0;
  commands.forEach((command, index) => {
    const length = Buffer.byteLength(command) + 30;
    if (index > from && (index - from >= each || bytes + length > bytesEach)) {
      parts.push({ first: from, commands: commands.slice(from, index) });
      from = index;
      bytes = 0;
    }
    bytes += length;
  });
  return [...parts, { first: from, commands: commands.slice(from) }];
}

function askPart(
  { file, env, uri }: SessionProgram,
  { first, commands }: Part,
  { signal, timeoutMs = defaultTimeoutMs, onOutput }: BulkOptions,
): Promise<void> {
  const nonce = randomBytes(6).toString('base64url');
  const mark = (index: number) => `~${nonce}${index}.`;
  const script = commands.map((command, index) => `${command};echo ${mark(index)}`).join(';');
  return new Promise((resolve, reject) => {
    const failed = (kind: 'timeout' | 'cancelled') =>
      new CommandError(kind, { file: 'virsh', args: ['--connect', uri, commands[0] ?? ''] }, undefined, '');
    if (signal?.aborted === true) {
      reject(failed('cancelled'));
      return;
    }
    const plain = { file, args: ['--quiet', ...keepAlive(uri), '--connect', uri, script] };
    const command = endsWithParent(plain, env);
    const child = spawn(command.file, command.args, {
      env: quietEnvironment(env),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const end = (error?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      if (child.pid !== undefined) child.kill('SIGKILL');
      if (error === undefined) resolve();
      else reject(error);
    };
    const cancel = () => end(failed('cancelled'));
    const timer = setTimeout(() => end(failed('timeout')), timeoutMs);
    signal?.addEventListener('abort', cancel);

    let chunks: Buffer[] = [];
    let length = 0;
    let next = 0;
    const look = () => {
      const all = Buffer.concat(chunks);
      let at = 0;
      for (let found; next < commands.length && (found = all.indexOf(mark(next), at)) !== -1; next++) {
        if (found > at) onOutput(all.toString('utf8', at, found), first + next);
        at = found + mark(next).length;
      }
      chunks = [all.subarray(at)];
      length = all.length - at;
    };
    const tryToLook = () => {
      try {
        look();
        return true;
      } catch (error) {
        end(error instanceof Error ? error : new Error('it cannot be read', { cause: error }));
        return false;
      }
    };
    child.stdout.on('data', (chunk: Buffer) => {
      timer.refresh();
      chunks.push(chunk);
      length += chunk.length;
      if (length >= lookAt) tryToLook();
    });
    child.on('error', () => end()); // a session tells
    child.on('close', () => {
      if (tryToLook()) end();
    });
  });
}
