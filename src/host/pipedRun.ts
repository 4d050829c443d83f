import { isAborted } from './aborted';
import { quoteForVirsh, type CommandSpec } from './commandLine';
import { CommandError, failureKind } from './errors';
import { canBeTyped } from './framing';
import { withInputFile } from './inputFile';
import type { Output, Run, RunOptions } from './process';
import { lostConnection, saysFailure, withoutNotices } from './stderr';
import { PipeEnded, VirshPipe, type SessionProgram } from './virshPipe';

// A command that changes something is let finish when it is cancelled: killed, it might do its work all the same, after
// somebody has looked whether it did. It is killed where it hangs.
const graceMs = 3000;

/**
 * Runs commands as `makeRun` does, those of virsh over one virsh that stays: about 2 ms a command instead of 30. Unlike a
 * session it never asks twice, so that it may change things, and tells what failed from what cannot be known: a failure
 * has the exit code 1; of a command that was under way when virsh or the connection went, none is known.
 */
export class PipedRun {
  private readonly lanes: Lane[];

  /**
   * @param program the virsh of the host
   * @param alone runs what is no virsh command, or cannot be typed
   * @param count how many virsh stay, each opened when it is needed: what is asked at the same time is spread over them
   */
  constructor(
    program: () => SessionProgram,
    private readonly alone: Run,
    count: number,
  ) {
    this.lanes = Array.from({ length: count }, () => new Lane(program, alone));
  }

  readonly run: Run = (spec, options = {}) => {
    const [connect] = spec.args;
    if (spec.file !== 'virsh' || connect !== '--connect') return this.alone(spec, options);
    const free = this.lanes.reduce((best, lane) => (lane.waiting < best.waiting ? lane : best));
    return free.run(spec, options);
  };

  dispose(): void {
    for (const lane of this.lanes) lane.dispose();
  }
}

/** One virsh that stays, and those who wait for it. */
class Lane {
  waiting = 0;
  private pipe: VirshPipe | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly program: () => SessionProgram,
    private readonly alone: Run,
  ) {}

  async run(spec: CommandSpec, options: RunOptions): Promise<Output> {
    this.waiting++;
    const count = spec.args.length - 2;
    const result = this.turn.then(() =>
      withInputFile(spec, (ready) => this.ask(spec, ready, count, options)),
    );
    this.turn = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.waiting--;
    }
  }

  dispose(): void {
    this.pipe?.end();
  }

  private async ask(
    spec: CommandSpec,
    ready: CommandSpec,
    count: number,
    { signal, timeoutMs = 60_000 }: RunOptions,
  ): Promise<Output> {
    const [name = '', ...words] = ready.args.slice(-count);
    const command = [name, ...words.map(quoteForVirsh)].join(' ');
    const failed = (
      kind: ConstructorParameters<typeof CommandError>[0],
      exitCode: number | undefined,
      stderr: string,
    ) => new CommandError(kind, spec, exitCode, stderr);
    if (isAborted(signal)) throw failed('cancelled', undefined, '');
    // What a virsh of its own says is read as well, so that it speaks C, whoever else reads it.
    const alone = () => this.alone(ready, { ...(signal === undefined ? {} : { signal }), timeoutMs });
    if (!canBeTyped(command)) return alone();
    if (this.pipe?.ended !== false) this.pipe = new VirshPipe(this.program());
    const { pipe } = this;
    // Unlike the pipe, which lets this process end, one who waits for an answer does not.
    const timer = setTimeout(() => pipe.kill(), timeoutMs);
    const cancel = () => setTimeout(() => pipe.kill(), graceMs).unref();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { stdouts, stderr } = await pipe.ask([command]);
      const said = withoutNotices(stderr);
      if (lostConnection(stderr)) throw failed(failureKind(said), undefined, said);
      if (saysFailure(said)) throw failed(failureKind(said), 1, said);
      return { stdout: stdouts[0] ?? '', stderr: said };
    } catch (error) {
      if (!(error instanceof PipeEnded)) throw error;
      // Not even read: an own process starts the daemon where that is needed, and says what is wrong.
      if (!error.wasRead && !isAborted(signal)) return await alone();
      throw failed(isAborted(signal) ? 'cancelled' : failureKind(error.stderr), undefined, error.stderr);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    }
  }
}
