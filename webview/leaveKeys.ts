/**
 * Ctrl+Alt, pressed and let go with nothing between, leaves the screen, as in other viewers: all other keys belong to the
 * machine. AltGr is a Ctrl+Alt too on some systems, so only the left Alt counts.
 */
export class LeaveKeys {
  private readonly down = new Set<string>();
  private armed = false;

  press(code: string): void {
    this.down.add(code);
    const isCtrl = this.down.has('ControlLeft') || this.down.has('ControlRight');
    this.armed = this.down.size === 2 && isCtrl && this.down.has('AltLeft');
  }

  /** Whether this was the last of the keys that leave the screen. */
  release(code: string): boolean {
    this.down.delete(code);
    if (this.down.size > 0) return false;
    const leaves = this.armed;
    this.armed = false;
    return leaves;
  }

  /** The keyboard went elsewhere: what is let go there is not seen here. */
  forget(): void {
    this.down.clear();
    this.armed = false;
  }
}
