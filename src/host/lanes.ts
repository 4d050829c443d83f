import { CommandError, type FailureKind } from './errors';
import { defaultTimeoutMs, type AskOptions, type Reply, type VirshSession } from './session';

export interface AskAllOptions extends AskOptions {
  /** Called as each reply arrives, so that parsing spreads out. What it throws rejects all. */
  readonly onReply?: (reply: Reply, index: number) => void;
}

interface Lane {
  readonly session: VirshSession;
  busy: boolean;
  idle: NodeJS.Timeout | undefined;
}

// To open a lane costs as much as some 30 questions. Who waits longer than `patience` (ms) waits behind one that hangs.
const worthALane = 30;
const patience = 250;
// Ten commands that are typed at once take two thirds of their time one by one, more gain nothing.
const together = 10;

/**
 * A few sessions side by side: one is bound by the latency of its pipe, four read 1.5 times as fast, more gain nothing
 * on two cores. The first stays; the others are opened when there is work for them, which is much at once or any behind
 * one that hangs, and closed after `idleMs` without any. Batches that are asked at the same time take turns.
 *
 * A host that is not reached yet is knocked at by one session only: what the first is refused the others would be
 * refused too, and too many failing logins lock people out.
 */
export class Lanes {
  private readonly lanes: Lane[] = [];
  private batches: Batch[] = [];
  private patient: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(
    private readonly open: () => VirshSession,
    private readonly most: number,
    private readonly idleMs = 15_000,
  ) {}

  /**
   * Asks all commands, in any order.
   * @param options the time limit is that of each command, and of waiting for the first or the next reply
   * @returns all replies, in the order of the commands
   * @throws CommandError the first connection error, time-out or cancellation; commands that wait are then not asked
   */
  askAll(commands: readonly string[], options: AskAllOptions = {}): Promise<Reply[]> {
    const batch = new Batch(commands, options);
    if (this.disposed) batch.giveUp('cancelled');
    this.batches.push(batch);
    this.distribute();
    return batch.replies;
  }

  /** Ends all sessions; what is asked, or waits to be, is rejected as cancelled. */
  dispose(): void {
    this.disposed = true;
    clearTimeout(this.patient);
    for (const batch of this.batches.splice(0)) batch.giveUp('cancelled');
    for (const { session, idle } of this.lanes) {
      clearTimeout(idle);
      session.dispose();
    }
  }

  private distribute(): void {
    this.batches = this.batches.filter(({ waiting }) => waiting > 0);
    const waiting = this.batches.reduce((sum, batch) => sum + batch.waiting, 0);
    if (waiting === 0) return;
    const wanted = this.reached ? Math.min(this.most, Math.ceil(waiting / worthALane)) : 1;
    while (this.lanes.length < wanted) this.addLane();
    for (const lane of this.reached ? this.lanes : this.lanes.slice(0, 1))
      if (!lane.busy) void this.work(lane);
    this.patient ??= setTimeout(() => this.losePatience(), patience).unref();
  }

  private losePatience(): void {
    this.patient = undefined;
    const waits = this.batches.some(({ waiting }) => waiting > 0);
    if (waits && this.reached && this.lanes.length < this.most) this.addLane();
    this.distribute();
  }

  /** Whether a session is open now: then others can be. */
  private get reached(): boolean {
    return this.lanes.some(({ session }) => session.opened);
  }

  private addLane(): void {
    this.lanes.push({ session: this.open(), busy: false, idle: undefined });
  }

  private async work(lane: Lane): Promise<void> {
    clearTimeout(lane.idle);
    lane.busy = true;
    for (let batch; (batch = this.batches.shift()) !== undefined;) {
      const replies = batch.askNext(lane.session, this.share(batch));
      if (batch.waiting > 0) this.batches.push(batch);
      await replies;
      // Now that this one is open, there may be work for others.
      if (this.batches.length > 0) this.distribute();
    }
    lane.busy = false;
    if (lane !== this.lanes[0]) lane.idle = setTimeout(() => this.close(lane), this.idleMs).unref();
  }

  /** How many commands one lane takes at once: so many that the way to and fro does not count, and all have some. */
  private share({ waiting }: Batch): number {
    return Math.min(together, Math.ceil(waiting / (2 * this.lanes.length)));
  }

  private close(lane: Lane): void {
    this.lanes.splice(this.lanes.indexOf(lane), 1);
    lane.session.dispose();
  }
}

/** Commands that were asked together, and what came back of them. */
class Batch {
  readonly replies: Promise<Reply[]>;
  private readonly found: Reply[] = [];
  private readonly timer: NodeJS.Timeout;
  private readonly cancel = () => this.giveUp('cancelled');
  private resolve!: (replies: Reply[]) => void;
  private reject!: (error: unknown) => void;
  private next = 0;
  private answered = 0;
  private open = true;

  constructor(
    private readonly commands: readonly string[],
    private readonly options: AskAllOptions,
  ) {
    this.replies = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const { signal, timeoutMs = defaultTimeoutMs } = options;
    this.timer = setTimeout(() => this.giveUp('timeout'), timeoutMs);
    signal?.addEventListener('abort', this.cancel);
    if (signal?.aborted === true) this.cancel();
    this.endIfComplete();
  }

  /** Commands that no lane has taken yet. */
  get waiting(): number {
    return this.open ? this.commands.length - this.next : 0;
  }

  /** Never rejects. */
  async askNext(session: VirshSession, count: number): Promise<void> {
    const first = this.next;
    const commands = this.commands.slice(first, first + count);
    if (!this.open || commands.length === 0) return;
    this.next += commands.length;
    const { onReply, ...options } = this.options;
    try {
      for (const [index, reply] of (await session.askTogether(commands, options)).entries())
        if (!this.settled) this.take(reply, first + index, onReply);
    } catch (error) {
      this.settle(() => this.reject(error));
    }
  }

  giveUp(kind: FailureKind): void {
    const spec = { file: 'virsh', args: [this.commands[this.next] ?? ''] } as const;
    this.settle(() => this.reject(new CommandError(kind, spec, undefined, '')));
  }

  /** Asked again after each `await`, which is where it may have changed. */
  private get settled(): boolean {
    return !this.open;
  }

  private take(reply: Reply, index: number, onReply: AskAllOptions['onReply']): void {
    this.found[index] = reply;
    this.answered++;
    this.timer.refresh();
    onReply?.(reply, index);
    this.endIfComplete();
  }

  private endIfComplete(): void {
    if (this.answered === this.commands.length) this.settle(() => this.resolve(this.found));
  }

  private settle(how: () => void): void {
    if (!this.open) return;
    this.open = false;
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.cancel);
    how();
  }
}
