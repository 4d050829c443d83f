import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inflateSync } from 'node:zlib';

const extendedClipboard = 0xc0a1e5ce;
const text = 1;
const capabilities = 1 << 24;
const request = 1 << 25;
const notify = 1 << 27;
const provide = 1 << 28;

/**
 * Another viewer at a machine's VNC socket, which asks for no pictures: it shares the clipboard as the agent in a guest
 * does, by way of QEMU.
 */
export class VncClient {
  private received = Buffer.alloc(0);
  private waiting: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.waiting();
    });
  }

  static async open(path: string): Promise<VncClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    const client = new VncClient(socket);
    await client.shakeHands();
    return client;
  }

  /** Puts a text on the machine's clipboard. */
  offer(words: string): void {
    // QEMU passes the bytes on as they are, and an agent's are UTF-8.
    const bytes = Buffer.from(words, 'utf8');
    this.socket.write(Buffer.concat([Buffer.from([6, 0, 0, 0]), uint32(bytes.length), bytes]));
  }

  /** The next text that another viewer puts on the machine's clipboard. */
  async taken(): Promise<string> {
    for (;;) {
      // ServerCutText is the only message that comes, as long as no picture is asked for.
      const length = (await this.read(8)).readInt32BE(4);
      const body = await this.read(Math.abs(length));
      if (length >= 0) return body.toString('latin1');
      const flags = body.readUInt32BE(0);
      if ((flags & capabilities) !== 0) continue;
      if ((flags & notify) !== 0 && (flags & text) !== 0) {
        this.socket.write(Buffer.concat([Buffer.from([6, 0, 0, 0]), uint32(-4), uint32(request | text)]));
      }
      if ((flags & provide) !== 0) {
        const unpacked = inflateSync(body.subarray(4), { finishFlush: 2 });
        return unpacked
          .subarray(4, 4 + unpacked.readUInt32BE(0))
          .toString('utf8')
          .replace(/\0$/, '');
      }
    }
  }

  close(): void {
    this.socket.destroy();
  }

  /** Version 3.8, no authentication, a shared screen. */
  private async shakeHands(): Promise<void> {
    await this.read(12);
    this.socket.write('RFB 003.008\n');
    const [kinds = 0] = await this.read(1);
    await this.read(kinds);
    this.socket.write(Buffer.from([1]));
    await this.read(4);
    this.socket.write(Buffer.from([1]));
    const screen = await this.read(24);
    await this.read(screen.readUInt32BE(20));
    this.socket.write(Buffer.concat([Buffer.from([2, 0, 0, 1]), uint32(extendedClipboard)]));
  }

  private async read(length: number): Promise<Buffer> {
    while (this.received.length < length) {
      if (this.socket.destroyed) throw new Error('the display ended');
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
        this.socket.once('close', resolve);
      });
    }
    const bytes = this.received.subarray(0, length);
    this.received = this.received.subarray(length);
    return bytes;
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
