import { setTimeout as sleep } from 'node:timers/promises';
import { virsh } from './commandLine';
import { couldNotConnect, lostConnection, startsOnDemand, withoutNotices } from './stderr';
import { failureKind, type CommandError, type FailureKind } from './errors';
import { canBeTyped, type Reply } from './framing';
import { Question } from './question';
import { askAlone, startDaemon } from './virshAlone';
import { PipeEnded, VirshPipe, type Heard, type SessionProgram } from './virshPipe';

export type { Reply } from './framing';
export type { SessionProgram } from './virshPipe';

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds from the asking, waiting for others included; a minute unless told. */
  readonly timeoutMs?: number;
}

/** Why a question has no answer yet. */
interface Trouble {
  readonly error: CommandError;
  /** Whether the fault was not the question's, so that it may be asked again. */
  readonly again: boolean;
  /** Whether those that wait would meet the same: virsh did not even open. */
  readonly forAll: boolean;
}

/** Milliseconds that a question may take, unless told. */
export const defaultTimeoutMs = 60_000;

/** Milliseconds between the starts of two processes, however fast they die. */
const pause = 250;

/**
 * A persistent virsh on a pipe: one command at a time, in order. Opened by its first question, reopened by the next one
 * after it ended. Only for commands that read: one may be asked twice, and one that is given up is killed.
 */
export class VirshSession {
  private readonly waiting: Question[] = [];
  private current: Question | undefined;
  private pipe: VirshPipe | undefined;
  private lastStart = -Infinity;
  private disposed = false;

  constructor(private readonly program: () => SessionProgram) {}

  get pid(): number | undefined {
    return this.pipe?.pid;
  }

  /** Whether its virsh is connected, or was when it last said something. */
  get opened(): boolean {
    return this.pipe?.ready === true;
  }

  /**
   * Asks one command. One with control characters in it is run by a process of its own (`canBeTyped`).
   * @param command a virsh command line, its words quoted by `quoteForVirsh`
   * @returns what it printed; of a command that failed, nothing and its stderr
   * @throws CommandError `notInstalled`, `notRunning`, `noPermission`, `unreachable`, `authentication`: libvirt cannot
   * be asked; `timeout`, `cancelled`: it was given up, and its process killed if it was under way; `other`: virsh died
   */
  async ask(command: string, options?: AskOptions): Promise<Reply> {
    const [reply] = await this.put([command], options);
    return reply ?? { stdout: '', stderr: '' };
  }

  /**
   * Asks several commands at once, which takes about two thirds of the time that one after the other takes. The time
   * limit is that of all of them; where one cannot be asked, none has an answer.
   * @returns the replies in their order, as `ask` would give them
   * @throws CommandError as `ask` does
   */
  async askTogether(commands: readonly string[], options?: AskOptions): Promise<readonly Reply[]> {
    if (commands.length < 2 || !commands.every(canBeTyped))
      return Promise.all(commands.map((command) => this.ask(command, options)));
    const replies = await this.put(commands, options);
    // Whose words those on stderr are is not known.
    if (replies.every(({ stderr }) => stderr === '')) return replies;
    return Promise.all(
      replies.map(async ({ stdout }, index) =>
        stdout === '' ? this.ask(commands[index] ?? '', options) : { stdout, stderr: '' },
      ),
    );
  }

  private put(
    commands: readonly string[],
    { signal, timeoutMs = defaultTimeoutMs }: AskOptions = {},
  ): Promise<readonly Reply[]> {
    const spec = virsh(this.program().uri, commands[0] ?? '');
    const question = new Question(commands, spec, signal, timeoutMs);
    if (this.disposed) question.giveUp('cancelled');
    this.waiting.push(question);
    if (this.current === undefined) void this.work();
    return question.replies;
  }

  /** Ends the process; questions under way are rejected as cancelled. */
  dispose(): void {
    this.disposed = true;
    for (const question of [this.current, ...this.waiting]) question?.giveUp('cancelled');
    this.pipe?.end();
  }

  private async work(): Promise<void> {
    while ((this.current = this.waiting.shift()) !== undefined) {
      const question = this.current;
      if (question.settled) continue;
      try {
        question.succeed(await this.answer(question));
      } catch (error) {
        question.fail(error);
      }
    }
  }

  private async answer(question: Question): Promise<readonly Reply[]> {
    const [command = ''] = question.commands;
    if (!canBeTyped(command)) return [await askAlone(this.program(), command, question.runOptions)];
    let asked = 0;
    let started = false;
    for (;;) {
      const answer = await this.askPipe(question);
      if (!('error' in answer)) return answer;
      const { error, again, forAll } = answer;
      if (question.settled) throw error;
      if (isAbsent(error.kind) && startsOnDemand(this.program().uri) && !started) {
        started = true;
        await startDaemon(this.program(), question.runOptions);
      } else if (!again || asked++ > 0) {
        if (forAll) this.rejectWaiting(error);
        throw error;
      }
    }
  }

  private async askPipe(question: Question): Promise<readonly Reply[] | Trouble> {
    const pipe = await this.open(question);
    question.signal.throwIfAborted();
    const kill = () => pipe.kill();
    question.signal.addEventListener('abort', kill);
    try {
      return examine(await pipe.ask(question.commands), question);
    } catch (error) {
      if (!(error instanceof PipeEnded)) throw error;
      const { exitCode, errno, opened, wasRead } = error;
      const stderr = withoutNotices(error.stderr);
      const kind = kindOf(errno, stderr);
      return {
        error: question.error(kind, exitCode, stderr),
        again: (opened && lostConnection(error.stderr)) || (!wasRead && kind === 'other'),
        forAll: !opened,
      };
    } finally {
      question.signal.removeEventListener('abort', kill);
    }
  }

  /** @throws an AbortError if the question is given up meanwhile */
  private async open({ signal }: Question): Promise<VirshPipe> {
    if (this.pipe?.ended === false) return this.pipe;
    const wait = this.lastStart + pause - performance.now();
    if (wait > 0) await sleep(wait, undefined, { signal });
    this.lastStart = performance.now();
    this.pipe = new VirshPipe(this.program());
    return this.pipe;
  }

  private rejectWaiting({ kind, exitCode, stderr }: CommandError): void {
    for (const question of this.waiting) question.fail(question.error(kind, exitCode, stderr));
  }
}

/** Tells replies, also of commands that failed, from what virsh prints where it is not connected. */
function examine({ stdouts, stderr }: Heard, question: Question): readonly Reply[] | Trouble {
  const lost = lostConnection(stderr);
  const said = withoutNotices(stderr);
  if (!lost && !(stdouts.includes('') && couldNotConnect(stderr)))
    return stdouts.map((stdout) => ({ stdout, stderr: said }));
  return { error: question.error(failureKind(said), undefined, said), again: lost, forAll: false };
}

function isAbsent(kind: FailureKind): boolean {
  return kind === 'notRunning' || kind === 'unreachable';
}

function kindOf(errno: string | undefined, stderr: string): FailureKind {
  if (errno === 'ENOENT') return 'notInstalled';
  if (errno === 'EACCES') return 'noPermission';
  return failureKind(stderr);
}
