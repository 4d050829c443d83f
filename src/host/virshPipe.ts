// eslint-disable-next-line no-restricted-imports -- its end must be told by `exit`, not by its pipes: see VirshPipe
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { isLocal } from './commandLine';
import { endsWithParent } from './endsWithParent';
import { Framing, type Frame } from './framing';
import { lostConnection } from './stderr';

/** Where virsh is, the environment of the user, and the host it connects to. */
export interface SessionProgram {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uri: string;
}

/** The end of a virsh process, as the question that it left open sees it. */
export class PipeEnded extends Error {
  override readonly name = 'PipeEnded';

  constructor(
    readonly exitCode: number | undefined,
    readonly stderr: string,
    /** Why it could not even be started: `ENOENT`… */
    readonly errno: string | undefined,
    /** Whether it was ready for questions before: virsh prints nothing until it is connected. */
    readonly opened: boolean,
    /** Whether it had read the question. */
    readonly wasRead: boolean,
  ) {
    super(`virsh ended: ${errno ?? exitCode ?? 'killed'}`);
  }
}

/** What commands printed: on stdout each by itself, on stderr all together. */
export interface Heard {
  readonly stdouts: readonly string[];
  readonly stderr: string;
}

interface Asked {
  readonly frame: Frame;
  readonly resolve: (heard: Heard) => void;
  readonly reject: (error: PipeEnded) => void;
  /** What was printed, once that is whole and only the end of stderr is waited for. */
  stdouts?: readonly string[];
}

const longestReply = 256 * 1024 * 1024;
const longestErrors = 64 * 1024;

/**
 * Options by which virsh notices a dead libvirtd or network after 8 s, not after the 35 s that libvirt takes otherwise.
 * None where libvirt asks no daemon: connections of its test driver, of VMware's or VirtualBox' refuse keepalive.
 */
export function keepAlive(uri: string): string[] {
  const asksDaemon = /^(qemu|xen|lxc|ch|bhyve|vz)\b/i.test(uri) || /^[a-z0-9]+\+/i.test(uri);
  return asksDaemon ? ['--keepalive-interval=2', '--keepalive-count=3'] : [];
}

/**
 * One virsh process on a pipe, from its start to its end; answers one question at a time, in about 1.3 ms a command.
 *
 * It is spawned directly, because its end is `exit`: execa's is the end of its pipes, which an ssh master that virsh
 * started may hold open for hours. It has a process group of its own, so that its ssh can be killed with it. It does not
 * keep this process alive, and ends when this process does, however that dies: where the kernel does not end it, it reads
 * the end of its stdin once it is connected. It ends with its connection too, where that leads to another machine.
 */
export class VirshPipe {
  private readonly framing = new Framing();
  private readonly child: ChildProcessWithoutNullStreams | undefined;
  private asked: Asked | undefined;
  private stderr = '';
  private opened = false;
  private readonly away: boolean;
  private over: { exitCode: number | undefined; errno: string | undefined } | undefined;

  constructor({ file, env, uri }: SessionProgram) {
    this.away = !isLocal(uri);
    try {
      const plain = { file, args: ['--quiet', ...keepAlive(uri), '--connect', uri] };
      const command = endsWithParent(plain, env);
      this.child = spawn(command.file, command.args, {
        env: quietEnvironment(env),
        detached: true,
      });
    } catch (error) {
      this.finish(undefined, codeOf(error));
      return;
    }
    const { stdin, stdout, stderr } = this.child;
    this.child.on('error', (error) => this.finish(undefined, codeOf(error)));
    // What it wrote last may still be in the pipes; but who inherited them may never close them.
    this.child.on('close', (code) => this.finish(code ?? undefined));
    this.child.on('exit', (code) => setTimeout(() => this.finish(code ?? undefined), 100).unref());
    stdin.on('error', () => undefined); // it has gone: `exit` tells
    stdout.on('data', (chunk: Buffer) => this.hear(chunk));
    stderr.setEncoding('utf8').on('data', (text: string) => this.hearError(text));
    // Its pipes are sockets, which the types do not say.
    const handles = [this.child, stdin, stdout, stderr] as unknown as readonly { unref(): void }[];
    for (const handle of handles) handle.unref();
  }

  get pid(): number | undefined {
    return this.over === undefined ? this.child?.pid : undefined;
  }

  get ended(): boolean {
    return this.over !== undefined;
  }

  /** Whether it has connected, and not ended since: before that virsh prints nothing. */
  get ready(): boolean {
    return this.opened && this.over === undefined;
  }

  /**
   * @param commands that `canBeTyped`; no others may be under way
   * @throws PipeEnded
   */
  ask(commands: readonly string[]): Promise<Heard> {
    return new Promise((resolve, reject) => {
      this.asked = { frame: this.framing.frame(...commands), resolve, reject };
      if (this.over !== undefined) {
        this.fail();
        return;
      }
      // What was said until now was said to nobody; on a process that is just starting it says why it does not.
      if (this.opened) this.stderr = '';
      this.child?.stdin.write(this.asked.frame.question);
    });
  }

  /** Lets it go when it has nothing more to answer; kills it where it does not. */
  end(): void {
    if (this.asked !== undefined) {
      this.kill();
      return;
    }
    this.child?.stdin.end();
    setTimeout(() => this.kill(), 1000).unref();
  }

  /** Ends it now, and with it the ssh that it may have started. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.child ?? {};
    if (pid !== undefined && exitCode === null && signalCode === null) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    this.finish(undefined);
  }

  private hear(chunk: Buffer): void {
    this.opened = true;
    const { asked } = this;
    if (asked === undefined || asked.stdouts !== undefined) return;
    const stdouts = asked.frame.push(chunk);
    if (stdouts === undefined) {
      if (asked.frame.size > longestReply) this.kill();
      return;
    }
    if (!stdouts.includes('') && this.stderr === '') {
      this.reply(asked, stdouts, '');
      return;
    }
    // One has failed or complained: only now is the end of stderr worth a question of its own (0.2 ms).
    asked.stdouts = stdouts;
    this.child?.stdin.write(asked.frame.errorsQuestion);
  }

  private hearError(text: string): void {
    // The newest words of one that never stops, or that says something while nobody asks.
    this.stderr = (this.stderr + text).slice(-longestErrors);
    // It would connect again for each command that it has read: too many failing logins lock people out.
    if (this.away && this.opened && lostConnection(this.stderr)) {
      this.kill();
      return;
    }
    const { asked } = this;
    if (asked?.stdouts === undefined) return;
    const end = this.stderr.indexOf(asked.frame.errorsEnd);
    if (end !== -1) this.reply(asked, asked.stdouts, this.stderr.slice(0, end));
  }

  private reply(asked: Asked, stdouts: readonly string[], stderr: string): void {
    this.asked = undefined;
    asked.resolve({ stdouts, stderr });
  }

  private finish(exitCode: number | undefined, errno?: string): void {
    if (this.over !== undefined) return;
    this.over = { exitCode, errno };
    this.fail();
  }

  private fail(): void {
    const { asked, over } = this;
    if (asked === undefined) return;
    this.asked = undefined;
    asked.reject(new PipeEnded(over?.exitCode, this.stderr, over?.errno, this.opened, asked.frame.wasRead));
  }
}

/**
 * The environment of a virsh that reads from a pipe.
 *
 * Its XDG_CACHE_HOME is no directory, so that it neither reads nor writes the user's history (VIRSH_HISTSIZE=0 would
 * truncate it), and leaves nothing behind. But a session daemon that it started would inherit that (virnetsocket.c,
 * virNetSocketForkDaemon passes on XDG_CACHE_HOME, XDG_CONFIG_HOME and XDG_RUNTIME_DIR), and would ask every QEMU for
 * its capabilities again and log elsewhere: so it may not start one (LIBVIRT_AUTOSTART, virConnectOpen's
 * documentation), neither when it connects nor when it reconnects; `startDaemon` does, as the user would.
 *
 * INPUTRC: no key does anything else than in readline's own defaults. TERM and the missing COLUMNS: a dumb or narrow
 * terminal would get an echo that is cut into pieces. VIRSH_DEBUG would mix into what is printed.
 */
export function quietEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = {
    ...env,
    LC_ALL: 'C.UTF-8',
    LANGUAGE: '',
    TERM: 'xterm',
    INPUTRC: '/dev/null',
    XDG_CACHE_HOME: '/dev/null',
    LIBVIRT_AUTOSTART: '0',
  };
  for (const name of ['COLUMNS', 'LINES', 'VIRSH_DEBUG']) Reflect.deleteProperty(own, name);
  return own;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
