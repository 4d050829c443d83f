import { setTimeout as sleep } from 'node:timers/promises';
import { needsPerson } from './errors';
import { followEvents, type EventProgram, type Following, type HostEvent } from './events';
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
// How long events are waited for (ms) before a host is read without them.
const longestStart = 3000;

/**
 * Keeps a host's inventory true while somebody looks: by its events, by a comparison of names now and then, and after
 * trouble by trying again, ever more rarely. While nobody looks nothing is asked.
 */
export class Watch {
  private visible = false;
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private following: Following | undefined;
  /** Whether something may have happened that no event told of: then all is read anew. */
  private missed = false;
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
    this.missed = this.host.state.inventory !== undefined;
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
    this.gathering = undefined;
    this.following?.end();
    this.following = undefined;
    this.endWaiting?.();
    this.endWaiting = undefined;
  }

  private async round(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // ssh is let knock once, not by all that follows events at the same time: its connection is then shared.
    if (this.host.overSsh && this.following === undefined && !(await this.read())) return;
    // Events are followed before the names are compared, so that nothing happens unseen in between.
    if (this.following === undefined) {
      this.following = followEvents(
        this.options.program(),
        (event) => this.gather(event),
        () => this.afterTrouble(),
      );
      await Promise.race([this.following.ready, sleep(longestStart, undefined, { ref: false })]);
    }
    if (!(await this.read())) return;
    this.backOffMs = firstBackOffMs;
    this.next(this.options.intervalMs());
  }

  /** Reads what has changed, and all where that is not known. Whether watching goes on. */
  private async read(): Promise<boolean> {
    if (!this.isLookedAt()) return false;
    const wish = this.missed ? 'all' : 'changes';
    // Set again by a failure, or by a stream of events that ends meanwhile.
    this.missed = false;
    const { error } = await this.host.refresh(wish);
    if (!this.isLookedAt()) return false;
    if (error === undefined) return true;
    this.afterFailure(error);
    return false;
  }

  /** Asked anew after each `await`. */
  private isLookedAt(): boolean {
    return this.visible;
  }

  /** Tries again later, but where a person is needed only after one has got through. */
  private afterFailure(error: Error): void {
    this.missed = true;
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
    this.following = undefined;
    this.missed = true;
    this.next(this.lengthenBackOff());
  }

  private gather(event: HostEvent): void {
    if (event.kind === 'domain') this.domains.add(event.name);
    else this.poolsChanged = true;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const names = [...this.domains];
      const { poolsChanged } = this;
      this.domains.clear();
      this.poolsChanged = false;
      void this.readAbout(names, poolsChanged);
    }, gatherMs);
  }

  private async readAbout(names: readonly string[], pools: boolean): Promise<void> {
    const known = this.host.state.inventory?.domains ?? [];
    // A name may have got to another domain, and a domain to another name. What looks like an id or a UUID would be
    // taken for one (virsh looks for the id first).
    const domains = names.flatMap((name) => [
      ...(isAmbiguous(name) ? [] : [name]),
      ...known.filter((domain) => domain.name === name).map(({ uuid }) => uuid),
    ]);
    const reading = domains.length === 0 ? undefined : this.host.reread({ domains });
    const { error } =
      (await (pools || names.some(isAmbiguous) ? this.host.refresh('changes') : reading)) ?? {};
    if (error !== undefined && this.visible) this.afterFailure(error);
  }
}

function isAmbiguous(name: string): boolean {
  return /^(\d+|[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12})$/i.test(name);
}
