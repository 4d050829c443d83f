import type { RawChannel } from '@novnc/novnc';

/** What noVNC takes for a socket: bytes go to the extension, and come from it. */
export class Channel implements RawChannel {
  // noVNC looks for all of these on the object itself.
  binaryType = 'arraybuffer';
  readonly protocol = '';
  readyState: 'open' | 'closed' = 'open';
  onopen: RawChannel['onopen'] = null;
  onmessage: RawChannel['onmessage'] = null;
  onclose: RawChannel['onclose'] = null;
  onerror: RawChannel['onerror'] = null;

  constructor(private readonly post: (bytes: ArrayBuffer) => void) {}

  send(bytes: Uint8Array): void {
    // A copy: noVNC uses its buffer again.
    if (this.readyState === 'open') this.post(new Uint8Array(bytes).buffer);
  }

  receive(data: ArrayBuffer): void {
    if (this.readyState === 'open') this.onmessage?.({ data });
  }

  /** Ends it, whoever wants that: noVNC hears of it afterwards, as from a socket. */
  close(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    queueMicrotask(() => this.onclose?.({}));
  }
}
