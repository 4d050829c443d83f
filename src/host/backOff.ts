const first = 1000;
const longest = 60_000;

/** How long is waited before something is tried again: ever longer, until it has worked. */
export class BackOff {
  private ms = first;

  /** Milliseconds until the next try. */
  next(): number {
    const { ms } = this;
    this.ms = Math.min(2 * ms, longest);
    return ms;
  }

  reset(): void {
    this.ms = first;
  }
}
