import { BackOff } from './backOff';
import { needsPerson } from './errors';
import { followEvents, type EventProgram, type Following, type HostEvent } from './events';
import type { Host } from './host';

/** How a host is watched. */
export interface WatchOptions {
  readonly program: () => EventProgram;
  /** Milliseconds between two comparisons of names, which find the volumes that others made. */
  readonly intervalMs: () => number;
  /** Of which machines is to be known also while nobody looks, by their names; of none unless told. */
  readonly alwaysFollowed?: (name: string) => boolean;
  /** How events are followed; virsh does it unless told. */
  readonly follow?: typeof followEvents;
}

// Events come in bursts (a start is three of them), and what a burst is about is read once.
const gatherMs = 50;
// How long events are waited for (ms) before a host is read without them.
const longestStart = 3000;
// Events that have been followed for so long (ms) may end like ones that never did.
const steadyMs = 30_000;
// Each so many comparisons of names the machines that are off are compared too: edits of them raise no events.
const editsEach = 3;

/**
 * Keeps a host's inventory true while somebody looks: by its events, by a comparison of names now and then, and after
 * trouble by trying again, ever more rarely. While nobody looks nothing is asked but about machines that are always
 * followed, when an event tells of one: events that are followed already cost nothing while there are none.
 */
export class Watch {
  private visible = false;
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private following: Following | undefined;
  /** Runs while events are not to be followed again yet. */
  private pausing: NodeJS.Timeout | undefined;
  private steadying: NodeJS.Timeout | undefined;
  /** Whether something may have happened that no event told of: then all is read anew. */
  private missed = false;
  private endWaiting: (() => void) | undefined;
  private busy = false;
  /** Whether a round was wanted while one was under way. */
  private again = false;
  private rounds = 0;
  private readonly readBackOff = new BackOff();
  private readonly followBackOff = new BackOff();
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
    else this.rest();
  }

  dispose(): void {
    this.visible = false;
    this.stop();
  }

  /** Asks nothing more, but goes on listening where that is wanted. */
  private rest(): void {
    const { alwaysFollowed } = this.options;
    if (alwaysFollowed !== undefined && this.host.state.inventory !== undefined) this.pause();
    else this.stop();
  }

  private pause(): void {
    clearTimeout(this.timer);
    clearTimeout(this.pausing);
    this.again = false;
    this.pausing = undefined;
    this.endWaiting?.();
    this.endWaiting = undefined;
  }

  private stop(): void {
    this.pause();
    clearTimeout(this.gathering);
    clearTimeout(this.steadying);
    this.gathering = undefined;
    this.following?.end();
    this.following = undefined;
  }

  private async round(): Promise<void> {
    this.again = this.busy;
    if (this.busy) return;
    this.busy = true;
    do {
      this.again = false;
      clearTimeout(this.timer);
      if (await this.readAll()) this.next(this.options.intervalMs());
    } while (this.isWantedAgain());
    this.busy = false;
  }

  /** Reads what is to be read, and follows events where that is not done. Whether it went well. */
  private async readAll(): Promise<boolean> {
    const inTrouble = this.host.state.error !== undefined;
    const follows = this.following === undefined && (inTrouble || this.pausing === undefined);
    if (follows && !(await this.readAndFollow())) return false;
    // The names are compared after that, so that nothing happens unseen in between.
    // While events cannot be followed, something is missed all the time: it is caught up with at each new try.
    const catchesUp = this.missed && (follows || this.following !== undefined);
    if (!(await this.read(catchesUp ? 'all' : 'changes'))) return false;
    this.readBackOff.reset();
    return true;
  }

  /**
   * Reads what has changed, and follows events as soon as the host has told something. One session reaches it before all
   * that follows events does: ssh knocks once, and its connection is then shared; the daemon of a session is there; and
   * names are drawn sooner where nothing else starts meanwhile.
   */
  private async readAndFollow(): Promise<boolean> {
    let stop: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (stop = this.host.onDidChange(resolve)));
    const reading = this.read('changes');
    await Promise.race([told, reading]);
    stop();
    if (this.host.state.error === undefined) await this.follow();
    return reading;
  }

  private async follow(): Promise<void> {
    if (!this.isLookedAt()) return;
    const { follow = followEvents, program } = this.options;
    clearTimeout(this.pausing);
    this.pausing = undefined;
    const following = follow(
      program(),
      (event) => this.gather(event),
      () => this.afterEnd(),
    );
    this.following = following;
    this.steadying = setTimeout(() => this.followBackOff.reset(), steadyMs).unref();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, longestStart).unref()));
    await Promise.race([following.ready, late]);
    clearTimeout(timer);
  }

  /** Whether watching goes on. */
  private async read(wish: 'all' | 'changes'): Promise<boolean> {
    if (!this.isLookedAt()) return false;
    // Set again by a failure, or by a stream of events that ends meanwhile.
    if (wish === 'all') this.missed = false;
    const { error } = await this.host.refresh(wish, this.rounds++ % editsEach === 0);
    if (!this.isLookedAt()) return false;
    if (error === undefined) return true;
    this.afterFailure(error);
    return false;
  }

  /** Asked anew after each `await`. */
  private isLookedAt(): boolean {
    return this.visible;
  }

  private isWantedAgain(): boolean {
    return this.again && this.visible;
  }

  /** Tries again later, but where a person is needed only after one has got through. */
  private afterFailure(error: Error): void {
    this.missed = true;
    if (!needsPerson(error)) {
      this.next(this.readBackOff.next());
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

  /** Events end when the daemon does, when their virsh is killed, or where there are none. */
  private afterEnd(): void {
    this.following = undefined;
    this.missed = true;
    clearTimeout(this.steadying);
    if (!this.visible) return;
    this.pausing = setTimeout(() => {
      this.pausing = undefined;
      // A host in trouble is tried at its own pace, and its events with it.
      if (this.host.state.error === undefined) void this.round();
    }, this.followBackOff.next()).unref();
  }

  private gather(event: HostEvent): void {
    if (event.kind === 'domain') this.domains.add(event.name);
    else this.poolsChanged = true;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const { alwaysFollowed } = this.options;
      // What else happens while nobody looks is caught up with when somebody does.
      const names = [...this.domains].filter((name) => this.visible || alwaysFollowed?.(name) === true);
      const pools = this.poolsChanged && this.visible;
      this.domains.clear();
      this.poolsChanged = false;
      if (pools || names.length > 0) void this.readAbout(names, pools);
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
