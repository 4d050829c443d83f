import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

type Variables = Readonly<Record<string, string>>;

// The path of a Unix socket has at most 104 bytes; ssh refuses to work with a longer one. Of these the name of our
// directory takes 15, and ssh's name for a connection, with a suffix while it is made, 58.
const longestParent = 104 - 15 - 58 - 1;

// Seconds for which a connection stays open when nothing uses it.
const idle = 300;

// Less than the time that a question may take, so that ssh says why there is no answer.
const connectSeconds = 10;

/**
 * One connection to each host behind ssh, shared by all commands: a handshake for the first, none for the others, and
 * a password that was typed in the terminal holds for what is read afterwards.
 *
 * libvirt starts the `ssh` that it finds in the PATH and knows of no options for it but those of the URI, where
 * `command=` takes a program without arguments. So a program has to stand in between: a script of the name `ssh`, in a
 * directory of its own that comes first in the PATH. Unlike `command=` it leaves the URIs as they are, and works for
 * virsh, virt-clone and virt-install alike. Who shares connections by a `ControlPath` of his own keeps that one.
 */
export class SharedSsh {
  private dir: string | undefined;
  private made: Variables | undefined;

  constructor(private readonly own: NodeJS.ProcessEnv) {}

  /** What the environment of commands on hosts behind ssh has to have; nothing where no connection can be shared. */
  get variables(): Variables {
    this.made ??= this.make();
    return this.made;
  }

  /** Closes the connections. Those of a window that was killed close by themselves. */
  async dispose(): Promise<void> {
    if (this.dir === undefined) return;
    const { dir } = this;
    this.dir = undefined;
    this.made = {};
    const sockets = readdirSync(dir).filter((name) => name !== 'ssh');
    await Promise.all(sockets.map((name) => close(path.join(dir, name))));
    rmSync(dir, { recursive: true, force: true });
  }

  private make(): Variables {
    const ssh = find('ssh', this.own.PATH ?? '');
    if (ssh === undefined || process.platform === 'win32') return {};
    this.dir = makeDir(this.own.XDG_RUNTIME_DIR ?? '', ssh) ?? makeDir('/tmp', ssh);
    return this.dir === undefined ? {} : { PATH: [this.dir, this.own.PATH].join(path.delimiter) };
  }
}

/** Makes a private directory with the script, where that is possible: files in it must be executable. */
function makeDir(parent: string, ssh: string): string | undefined {
  if (!path.isAbsolute(parent) || Buffer.byteLength(parent) > longestParent) return undefined;
  let dir: string | undefined;
  try {
    dir = mkdtempSync(path.join(parent, 'llc-ssh-'));
    const script = path.join(dir, 'ssh');
    writeFileSync(script, scriptFor(ssh, dir));
    chmodSync(script, 0o700);
    accessSync(script, constants.X_OK);
    return dir;
  } catch {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
    return undefined;
  }
}

/**
 * `ssh -G` prints what the user's configuration says of this host; `controlpath` is there only where it is set. Without
 * a time limit of its own ssh waits for a host that does not answer longer than anybody waits for ssh, and could not say so.
 */
function scriptFor(ssh: string, dir: string): string {
  return `#!/bin/sh
# Made by the VS Code extension Libvirt Linked Clones: lets all commands on a host share one connection.
config=$(${quoted(ssh)} -G "$@" 2>/dev/null)
case $config in *'connecttimeout none'*) set -- -o ConnectTimeout=${connectSeconds} "$@" ;; esac
if printf '%s\\n' "$config" | grep -q '^controlpath '; then exec ${quoted(ssh)} "$@"; fi
exec ${quoted(ssh)} -o ControlMaster=auto -o ControlPath=${quoted(dir)}/%C -o ControlPersist=${idle} \\
  -o ServerAliveInterval=10 -o ServerAliveCountMax=3 "$@"
`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function find(program: string, searchPath: string): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((dir) => path.isAbsolute(dir))
    .map((dir) => path.join(dir, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Ends the process that holds a connection. The name of the host is not used, but ssh wants one. */
async function close(socket: string): Promise<void> {
  const args = ['-o', `ControlPath=${socket}`, '-O', 'exit', 'host'];
  await execa('ssh', args, { stdio: 'ignore', timeout: 2000, reject: false });
}
