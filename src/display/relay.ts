import type { Duplex } from 'node:stream';

/** Carries the bytes of a connection to a page and back, until one of both ends it. */
export class Relay {
  private disposed = false;

  /**
   * @param onEnd called once when the connection ends by itself, with what went wrong, if anything
   */
  constructor(
    private readonly stream: Duplex,
    onBytes: (bytes: ArrayBuffer) => void,
    onEnd: (error: Error | undefined) => void,
  ) {
    let failure: Error | undefined;
    stream.on('data', (chunk: Uint8Array) => {
      // A copy: the chunk is a part of a larger buffer, which would be sent as a whole.
      if (!this.disposed) onBytes(new Uint8Array(chunk).buffer);
    });
    stream.on('error', (error) => (failure = error));
    stream.once('end', () => stream.destroy());
    stream.once('close', () => {
      if (!this.disposed) onEnd(failure);
    });
  }

  send(bytes: ArrayBuffer): void {
    if (this.stream.writable) this.stream.write(new Uint8Array(bytes));
  }

  dispose(): void {
    this.disposed = true;
    this.stream.destroy();
  }
}
