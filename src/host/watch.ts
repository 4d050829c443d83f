import { needsPerson } from './errors';
import { followEvents, type EventProgram, type HostEvent } from './events';
import type { Host } from './host';

/** How a host is watched. */
export interface WatchOptions {
  readonly program: () => EventProgram;
  /** Milliseconds between two comparisons of names, which find the volumes that others made. */
  readonly intervalMs: () => number;
}

// Events come in bursts (a start is three of them), and what a burst is about is read once.
const gatherMs = 50;
const firstBackOffMs = 1000;
const longestBackOffMs = 60_000;

/**
 * Keeps a host's inventory true while somebody looks: by its events, by a comparison of names now and then, and after
 * trouble by trying again, ever more rarely. While nobody looks nothing is asked.
 */
export class Watch {
  private visible = false;
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private endEvents: (() => void) | undefined;
  private endWaiting: (() => void) | undefined;
  private backOffMs = firstBackOffMs;
  private readonly domains = new Set<string>();
  private poolsChanged = false;

  constructor(
    private readonly host: Host,
    private readonly options: WatchOptions,
  ) {}

  /** Starts watching when somebody looks, and reads what was missed; stops when nobody does. */
  look(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    if (visible) void this.round();
    else this.stop();
  }

  dispose(): void {
    this.visible = false;
    this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.gathering);
    this.endEvents?.();
    this.endEvents = undefined;
    this.endWaiting?.();
    this.endWaiting = undefined;
  }

  private async round(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // ssh is let knock once, not by all that follows events at the same time: its connection is then shared.
    if (this.host.overSsh && this.endEvents === undefined) {
      const { error } = await this.host.refresh('changes');
      if (!this.visible) return;
      if (error !== undefined) {
        this.afterFailure(error);
        return;
      }
    }
    // Events are followed before the names are compared, so that nothing happens unseen in between.
    this.endEvents ??= followEvents(
      this.options.program(),
      (event) => this.gather(event),
      () => this.afterTrouble(),
    );
    const { error } = await this.host.refresh('changes');
    if (!this.visible) return;
    if (error !== undefined) {
      this.afterFailure(error);
      return;
    }
    this.backOffMs = firstBackOffMs;
    this.next(this.options.intervalMs());
  }

  /** Tries again later, but where a person is needed only after one has got through. */
  private afterFailure(error: Error): void {
    if (!needsPerson(error)) {
      this.next(this.lengthenBackOff());
      return;
    }
    this.stop();
    this.endWaiting = this.host.onDidChange(() => {
      if (this.host.state.error !== undefined) return;
      this.stop();
      void this.round();
    });
  }

  private next(ms: number): void {
    clearTimeout(this.timer);
    if (!this.visible) return;
    this.timer = setTimeout(() => void this.round(), ms);
    this.timer.unref();
  }

  private lengthenBackOff(): number {
    const ms = this.backOffMs;
    this.backOffMs = Math.min(2 * ms, longestBackOffMs);
    return ms;
  }

  private afterTrouble(): void {
    this.endEvents = undefined;
    this.next(this.lengthenBackOff());
  }

  private gather(event: HostEvent): void {
    if (event.kind === 'domain') this.domains.add(event.name);
    else this.poolsChanged = true;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const domains = [...this.domains];
      this.domains.clear();
      if (domains.length > 0) void this.host.reread({ domains });
      if (this.poolsChanged) void this.host.refresh('changes');
      this.poolsChanged = false;
    }, gatherMs);
  }
}
