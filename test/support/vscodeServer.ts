import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { hostedVSCode } from './hostedVSCode';
import { endProcesses, familyOf } from './processTree';
import { allowSpanish } from './spanishPack';

/** A running VS Code server: what a browser opens, and where it keeps its state. */
export interface VSCodeServer {
  /** To be opened in a browser; contains the token when there is one. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Kills the extension hosts of all windows, as a machine without memory would. */
  killExtensionHosts(): Promise<void>;
  /** Ends the server and every process that it started. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Extensions, settings (`data/User/settings.json`) and logs live here; a directory of the test's own. */
  readonly dataDir: string;
  /** Added to this process' environment, for the server, its extensions and its terminals. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Without one, whoever reaches the port gets in: only in tests. */
  readonly token?: string | undefined;
  readonly flags?: readonly string[] | undefined;
  /** Opened by the URL. */
  readonly folder?: string | undefined;
  /** A free one when none is given. */
  readonly port?: number | undefined;
}

/** Starts VS Code's server on 127.0.0.1; resolves when it answers. */
export async function startServer(options: ServerOptions): Promise<VSCodeServer> {
  const { node, serverMain } = await hostedVSCode();
  await allowSpanish(options.dataDir);
  const args = [
    ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
    ...(options.token === undefined ? ['--without-connection-token'] : ['--connection-token', options.token]),
    ...['--server-data-dir', options.dataDir],
    ...common,
    ...(options.flags ?? []),
  ];
  const [file, ...rest] = endsWithParent(node, serverMain, ...args);
  const child = spawn(file, rest, {
    // An extension host whose parent is gone waits for hours, unless it knows whom to watch.
    env: { ...environment(options.env), VSCODE_PARENT_PID: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stopAtExit = () => child.pid !== undefined && killGroup(child.pid);
  process.once('exit', stopAtExit);
  const stop = async () => {
    await stopServer(child);
    process.off('exit', stopAtExit);
  };
  try {
    const port = await listening(child);
    const killExtensionHosts = () => killHosts(child.pid);
    return { port, url: urlOf(port, options), dataDir: options.dataDir, killExtensionHosts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Installs a packaged extension into a server's data directory; the server need not run. */
export async function installExtension(dataDir: string, vsix: string): Promise<void> {
  const { node, serverMain } = await hostedVSCode();
  await execa(
    node,
    [serverMain, '--server-data-dir', dataDir, ...common, '--install-extension', vsix, '--force'],
    {
      env: environment(),
      extendEnv: false,
      all: true,
    },
  );
}

/** The server ends even when this process is killed. */
function endsWithParent(...command: [string, ...string[]]): [string, ...string[]] {
  const setpriv = '/usr/bin/setpriv'; // of util-linux
  return existsSync(setpriv) ? [setpriv, '--pdeathsig', 'TERM', '--', ...command] : command;
}

const common = [
  '--accept-server-license-terms',
  ...['--telemetry-level', 'off'],
  // The environment of extensions and terminals is the one given here, not what a login shell makes of it.
  '--force-disable-user-env',
];

/** This process' environment and what is added, less npm's and an outer VS Code's: no business of the server's terminals. */
function environment(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const all = Object.entries({ ...process.env, ...added });
  return Object.fromEntries(all.filter(([name]) => !/^(npm_|VSCODE_|ELECTRON_|NODE_OPTIONS$)/i.test(name)));
}

function urlOf(port: number, { token, folder }: ServerOptions): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  if (token !== undefined) url.searchParams.set('tkn', token);
  if (folder !== undefined) url.searchParams.set('folder', folder);
  return url.href;
}

/** The port that the server says it listens on, or an error with what it said instead. */
async function listening(child: ChildProcess): Promise<number> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(deadline);
      reject(new Error(`VS Code's server ${why}:\n${said.join('\n')}`));
    };
    const deadline = setTimeout(() => fail('did not answer within 60 seconds'), 60_000);
    child.once('error', (error) => fail(`cannot be started (${error.message})`));
    child.once('exit', (code, signal) => fail(`ended (${code ?? signal})`));
    // The streams are read to the end: a full pipe would stop the server.
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface(stream).on('line', (line) => {
        if (said.length < 200) said.push(line);
        if (line.includes('EADDRINUSE')) fail('found its port in use');
        const port = /listening on (\d+)/.exec(line)?.[1];
        if (port === undefined) return;
        clearTimeout(deadline);
        resolve(Number(port));
      });
    }
  });
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  // Terminals' shells are in sessions of their own: they are found by descent, not by the group.
  const family = await familyOf(child.pid);
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(3000)]);
  await endProcesses(family);
}

async function killHosts(server: number | undefined): Promise<void> {
  const family = server === undefined ? [] : await familyOf(server);
  for (const { pid } of family) {
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (args.split('\0').includes('--type=extensionHost')) process.kill(pid, 'SIGKILL');
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody left.
  }
}
