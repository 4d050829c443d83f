import { randomUUID } from 'node:crypto';
import type { CommandSpec } from './commandLine';
import { CommandError, failureKind } from './errors';
import type { Run, RunOptions } from './process';

/** What one command of a batch printed. Exit codes are not told apart in a batch: success is the expected output. */
export interface Reply {
  readonly stdout: string;
  readonly stderr: string;
}

// Virsh parses its command string in time that grows with the square of its length, and Linux allows one argument at
// most 128 KiB: small batches are both fast and safe.
const maxCommands = 250;
const maxBytes = 20_000;
const lanes = 3;

/**
 * Runs many virsh commands in few processes: a process costs 30 ms before it does anything, a command in it 1 ms.
 * Each reply stands between markers with a random part, because what is read may hold any text.
 * @param commands virsh command lines, their words quoted by `quoteForVirsh`
 * @throws CommandError if the host cannot be reached; a single command's failure is an empty reply with its stderr
 */
export async function runBatch(
  run: Run,
  uri: string,
  commands: readonly string[],
  options?: RunOptions,
): Promise<Reply[]> {
  const chunks = split(commands);
  const replies: Reply[][] = chunks.map(() => []);
  let next = 0;
  const lane = async () => {
    while (next < chunks.length) {
      const index = next++;
      replies[index] = await runChunk(run, uri, chunks[index] ?? [], options);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, chunks.length) }, lane));
  return replies.flat();
}

function split(commands: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let bytes = Infinity;
  for (const command of commands) {
    const length = Buffer.byteLength(command) + 100;
    if (bytes + length > maxBytes || (chunks.at(-1)?.length ?? 0) >= maxCommands) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(command);
    bytes += length;
  }
  return chunks;
}

async function runChunk(
  run: Run,
  uri: string,
  commands: readonly string[],
  options?: RunOptions,
): Promise<Reply[]> {
  const marker = `@@${randomUUID()}`;
  const script = commands.map((command) => `${command}; echo ${marker}; echo --err ${marker}`).join('; ');
  const spec: CommandSpec = { file: 'virsh', args: ['--connect', uri, script] };
  const { stdout, stderr } = await run(spec, options);
  const out = stdout.split(marker);
  const err = stderr.split(`error: ${marker}\n`);
  // The text after the last marker is the newline virsh prints after every command.
  if (out.length !== commands.length + 1) throw new CommandError(failureKind(stderr), spec, 0, stderr);
  return commands.map((_, index) => ({ stdout: out[index] ?? '', stderr: err[index] ?? '' }));
}
