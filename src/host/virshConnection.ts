import { askInBulk } from './bulk';
import { isLocal } from './commandLine';
import type { Connection } from './host';
import { Lanes, type AskAllOptions } from './lanes';
import { VirshSession, type Reply, type SessionProgram } from './session';

// More than four sessions read no faster: libvirt and virsh are busy then.
const mostLanes = 4;

// From here on a few processes with all their commands are quicker than sessions, even if they have to be started.
const much = 300;

/** How a host is asked: by a few persistent sessions, and where very much is asked of a local one, in bulk. */
export class VirshConnection implements Connection {
  private readonly lanes: Lanes;

  constructor(readonly program: () => SessionProgram) {
    this.lanes = new Lanes(() => new VirshSession(program), mostLanes);
  }

  /** Asks all commands, which must read only, in any order; what the replies and errors are, `Lanes` says. */
  async askAll(commands: readonly string[], options: AskAllOptions = {}): Promise<Reply[]> {
    const program = this.program();
    // Each process on a host behind ssh or TLS would be one more handshake.
    if (commands.length < much || !isLocal(program.uri)) return this.lanes.askAll(commands, options);
    const replies: Reply[] = [];
    const take = (reply: Reply, index: number) => {
      replies[index] = reply;
      options.onReply?.(reply, index);
    };
    await askInBulk(program, commands, {
      ...options,
      onOutput: (stdout, index) => take({ stdout, stderr: '' }, index),
    });
    const missing = commands.flatMap((_, index) => (replies[index] === undefined ? [index] : []));
    await this.lanes.askAll(
      missing.map((index) => commands[index] ?? ''),
      { ...options, onReply: (reply, position) => take(reply, missing[position] ?? 0) },
    );
    return replies;
  }

  dispose(): void {
    this.lanes.dispose();
  }
}
