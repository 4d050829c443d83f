import { openSync, constants } from 'node:fs';
import { ReadStream } from 'node:tty';

/** Where a guest's serial line can be read, and what has come from it. */
export interface Serial {
  /** What was read so far. */
  text(): string;
  /** Resolves with all text once `wanted` is in it; throws after `timeout` ms or when the guest ends. */
  waitFor(wanted: RegExp, timeout: number): Promise<string>;
  /** Gives the line back; QEMU drops what nobody reads. */
  close(): void;
}

/** Opens a guest's pty (`virsh ttyconsole`). What the guest said before is lost: QEMU does not keep it. */
export function openSerial(pty: string): Serial {
  const stream = new ReadStream(openSync(pty, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
  stream.setRawMode(true);
  let read = '';
  let ended: string | undefined;
  let changed: () => void = () => undefined;
  const end = (reason: string) => {
    ended ??= reason;
    changed();
  };
  stream.on('data', (chunk) => {
    read += chunk.toString();
    changed();
  });
  stream.on('error', (error) => end(error.message));
  stream.on('close', () => end('closed'));
  return {
    text: () => read,
    close: () => void stream.destroy(),
    waitFor: async (wanted, timeout) => {
      const deadline = Date.now() + timeout;
      while (!wanted.test(read)) {
        const remaining = deadline - Date.now();
        const problem = ended ?? (remaining <= 0 ? `not seen in ${timeout} ms` : undefined);
        if (problem !== undefined)
          throw new Error(`${wanted.source} on ${pty}: ${problem}. Read so far: ${read}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, remaining);
          changed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return read;
    },
  };
}
