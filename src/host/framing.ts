import { randomBytes } from 'node:crypto';

/** What one command printed. Exit codes are not told apart on a pipe: success is the expected output. */
export interface Reply {
  readonly stdout: string;
  readonly stderr: string;
}

// What virsh prints before it reads a line (virsh.c: VIRSH_PROMPT_RW, VIRSH_PROMPT_RO).
const prompts = ['virsh # ', 'virsh > '];

/**
 * Whether a command may be typed into a virsh. Readline reads it even where there is no terminal, and takes control
 * characters for keys: a tab completes, a carriage return ends the line, and what follows it is a command.
 */
export function canBeTyped(command: string): boolean {
  return !/\p{Cc}/u.test(command);
}

/** Frames the questions to one virsh process. What it reads may hold any text, so its marks have a random part. */
export class Framing {
  private readonly nonce = randomBytes(4).toString('base64url');
  private count = 0;

  /** @param commands at least one; several are typed at once, which spares the way to and fro between them */
  frame(...commands: readonly string[]): Frame {
    return new Frame(commands, `${this.nonce}${(this.count++).toString(36)}`);
  }
}

/**
 * Commands, each behind a mark, and a mark at their end. Readline echoes what it reads, so a mark is typed with a
 * backslash in it, which virsh takes away before it prints it: `~\b…` is what was typed, `~b…` what came back. Each
 * command has a line of its own, because a line that cannot be parsed is dropped as a whole, and one with an open quote
 * swallows the rest of itself. Marks are short: readline takes 3 to 8 µs a byte.
 */
export class Frame {
  /** The lines to type. */
  readonly question: string;
  /** The line to type after the reply, where it matters what stderr holds: the two pipes have no common order. */
  readonly errorsQuestion: string;
  /** What then stands on stderr behind all that the commands wrote there. */
  readonly errorsEnd: string;
  private readonly end: string;
  private readonly chunks: Buffer[] = [];
  private length = 0;
  /** The end of what was searched, one byte shorter than a mark: no byte is searched twice. */
  private tail: Buffer = Buffer.alloc(0);

  constructor(
    private readonly commands: readonly string[],
    private readonly id: string,
  ) {
    this.end = `~e${id}.`;
    const lines = commands.map((command, index) => `${this.typed(index)};${command}\n`);
    this.question = `${lines.join('')}${this.typed(commands.length)}\n`;
    this.errorsQuestion = `echo --err ~\\e${id}.\n`;
    this.errorsEnd = `error: ~e${id}.\n`;
  }

  /** Whether virsh has read the question: its echo, or the first mark itself, has come back. */
  get wasRead(): boolean {
    return Buffer.concat(this.chunks).includes(`b${this.id}.`);
  }

  /** The bytes that have come so far. */
  get size(): number {
    return this.length;
  }

  /**
   * Takes what came on stdout.
   * @returns what each command printed, once all is there; empty for one that was not even begun
   */
  push(chunk: Buffer): string[] | undefined {
    const searched = Buffer.concat([this.tail, chunk]);
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (searched.includes(this.end)) return this.bodies(Buffer.concat(this.chunks));
    this.tail = searched.subarray(1 - this.end.length);
    return undefined;
  }

  /** The mark before a command, as it is printed; behind the last command stands the end. */
  private mark(index: number): string {
    return index === this.commands.length ? this.end : `~b${this.id}.${index}.`;
  }

  private typed(index: number): string {
    return `echo ${this.mark(index).replace('~', '~\\')}`;
  }

  private bodies(all: Buffer): string[] {
    let at = 0;
    return this.commands.map((_, index) => {
      const begin = all.indexOf(this.mark(index), at);
      if (begin === -1) return '';
      at = begin + this.mark(index).length;
      // A command behind this one may have been dropped, and with it its mark.
      for (let next = index + 1; next <= this.commands.length; next++) {
        // A virsh without readline prints no echo, but its prompt all the same.
        const end = [this.typed(next), this.mark(next)]
          .map((text) => all.indexOf(text, at))
          .find((found) => found !== -1);
        if (end !== undefined) return withoutPrompts(all.subarray(at, end).toString(), next - index);
      }
      return '';
    });
  }
}

function withoutPrompts(text: string, count: number): string {
  const prompt = prompts.find((each) => text.endsWith(each));
  return prompt === undefined || count === 0
    ? text
    : withoutPrompts(text.slice(0, -prompt.length), count - 1);
}
