import type { CommandSpec } from './commandLine';
import { CommandError, type FailureKind } from './errors';
import type { Reply } from './framing';
import type { RunOptions } from './process';

/** Commands that wait for their replies or are under way, with its time limit and its caller's wish to cancel it. */
export class Question {
  readonly replies: Promise<readonly Reply[]>;
  private readonly givenUp = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly cancel = () => this.giveUp('cancelled');
  private resolve!: (replies: readonly Reply[]) => void;
  private reject!: (error: unknown) => void;
  private open = true;

  constructor(
    readonly commands: readonly string[],
    readonly spec: CommandSpec,
    private readonly outside: AbortSignal | undefined,
    readonly timeoutMs: number,
  ) {
    this.replies = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Unlike virsh, which does not keep this process alive, replies that somebody waits for do.
    this.timer = setTimeout(() => this.giveUp('timeout'), timeoutMs);
    outside?.addEventListener('abort', this.cancel);
    if (outside?.aborted === true) this.cancel();
  }

  /** Whether nobody waits for the replies any more. */
  get settled(): boolean {
    return !this.open;
  }

  /** Aborted when the replies are not wanted any more: what is done for it can end. */
  get signal(): AbortSignal {
    return this.givenUp.signal;
  }

  succeed(replies: readonly Reply[]): void {
    if (this.settle()) this.resolve(replies);
  }

  fail(error: unknown): void {
    if (this.settle()) this.reject(error);
  }

  giveUp(kind: FailureKind): void {
    this.fail(this.error(kind, undefined, ''));
    this.givenUp.abort();
  }

  error(kind: FailureKind, exitCode: number | undefined, stderr: string): CommandError {
    return new CommandError(kind, this.spec, exitCode, stderr);
  }

  /** For a process of its own: its end is ours to decide. */
  get runOptions(): RunOptions {
    return { signal: this.signal, timeoutMs: this.timeoutMs };
  }

  private settle(): boolean {
    if (!this.open) return false;
    this.open = false;
    clearTimeout(this.timer);
    this.outside?.removeEventListener('abort', this.cancel);
    return true;
  }
}
