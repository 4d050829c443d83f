import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { debianPackage } from './debianPackage';
import type { Lab } from './lab';
import { familyOf, type ProcessIdentity } from './processTree';
import { systemPath } from './systemPackages';

/** The password of the user that the lab's processes are; nobody knows that of another user. */
export const password = loginName() === 'nobody' ? 'geheim' : undefined;

/** A real sshd on loopback through which a lab's session is reached, and what ssh needs to go there. */
export interface SshServer {
  readonly port: number;
  /** The lab by way of ssh. */
  readonly uri: string;
  /** The lab's environment, with an ssh in the PATH that reads no file of the user: only `configure` configures it. */
  readonly env: NodeJS.ProcessEnv;
  /** A new key pair of the client; the file of the private one. */
  makeKey(name: string, passphrase?: string): Promise<string>;
  /** Lets these keys in, and nobody else. */
  allow(...keys: string[]): Promise<void>;
  /** Makes ssh use this key, and know the server's key, another one in its place, or none. */
  configure(key: string, known: 'known' | 'changed' | 'unknown', more?: string): Promise<void>;
  /** How many have come so far, and how many of them got in. */
  visits(): Promise<{ came: number; gotIn: number }>;
  /** How often an ssh has set out to come. */
  starts(): Promise<number>;
  /** Kills what serves the connections that are open, as a network that breaks down would. */
  cut(): Promise<void>;
  /** Ends it, and the connections that are open. */
  stop(): Promise<void>;
  /** Listens again, at the same port, after `stop`; lets keys in unless told that only the password does. */
  start(by?: 'key' | 'password'): Promise<void>;
}

/**
 * Starts an sshd of its own port, keys and configuration, as an ordinary user. Debian's package is unpacked where sshd
 * is not installed: its installation would open port 22 of the machine.
 */
export async function startSshServer(lab: Lab): Promise<SshServer> {
  const dir = path.join(lab.dir, 'ssh');
  await mkdir(path.join(dir, 'bin'), { recursive: true, mode: 0o700 });
  const file = (name: string) => path.join(dir, name);
  const makeKey = async (name: string, passphrase = '') => {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file(name)]);
    return file(name);
  };
  const hostKey = await makeKey('host');
  const otherKey = await makeKey('other-host');
  const port = await freePort();
  const session = Object.entries(lab.env).filter(([name]) => /^XDG_\w+_(HOME|DIR)$/.test(name));
  const configuration = (by: 'key' | 'password') => `ListenAddress 127.0.0.1
Port ${port}
HostKey ${hostKey}
PidFile none
AuthorizedKeysFile ${file('allowed')}
UsePAM no
StrictModes no
PubkeyAuthentication ${by === 'key' ? 'yes' : 'no'}
PasswordAuthentication ${by === 'password' ? 'yes' : 'no'}
KbdInteractiveAuthentication no
LogLevel VERBOSE
SetEnv ${session.map(([name, value]) => `${name}=${value ?? ''}`).join(' ')}
`;
  const start = async (by: 'key' | 'password') => {
    await writeFile(file('sshd_config'), configuration(by));
    return startDaemon(dir, file('log'));
  };
  await writeFile(file('allowed'), '');
  await writeFile(file('log'), '');
  await writeFile(file('starts'), '');
  // ssh looks for its files in the home of the user database and not in HOME, so it is told where to look.
  const noted = `case $1 in -G) ;; *) date +%s.%N >>'${file('starts')}' ;; esac`;
  await writeFile(file('bin/ssh'), `#!/bin/sh\n${noted}\nexec /usr/bin/ssh -F '${file('config')}' "$@"\n`);
  await chmod(file('bin/ssh'), 0o755);
  let child = await start('key');
  /** sshd and what serves its connections, the eldest first. */
  const family = async () => (child.pid === undefined ? [] : (await familyOf(child.pid)).reverse());
  return {
    port,
    uri: `qemu+ssh://${loginName()}@127.0.0.1:${port}/session`,
    env: {
      ...lab.env,
      PATH: [file('bin'), lab.env.PATH].join(path.delimiter),
      DISPLAY: '',
      SSH_AUTH_SOCK: '',
    },
    makeKey,
    async allow(...keys) {
      const all = await Promise.all(keys.map((key) => readFile(`${key}.pub`, 'utf8')));
      await writeFile(file('allowed'), all.join(''));
    },
    async configure(key, known, more = '') {
      const shown = known === 'unknown' ? undefined : known === 'known' ? hostKey : otherKey;
      const line = shown === undefined ? '' : `[127.0.0.1]:${port} ${await readFile(`${shown}.pub`, 'utf8')}`;
      await writeFile(file('known_hosts'), line);
      await writeFile(
        file('config'),
        `IdentityFile ${key}
IdentitiesOnly yes
UserKnownHostsFile ${file('known_hosts')}
GlobalKnownHostsFile none
${more}
`,
      );
    },
    async visits() {
      const log = await readFile(file('log'), 'utf8');
      const count = (pattern: RegExp) => log.match(pattern)?.length ?? 0;
      return { came: count(/^Connection from/gm), gotIn: count(/^Accepted (publickey|password)/gm) };
    },
    async starts() {
      return (await readFile(file('starts'), 'utf8')).split('\n').length - 1;
    },
    async cut() {
      const [, ...connections] = await family();
      connections.forEach(kill);
    },
    async start(by = 'key') {
      child = await start(by);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      (await family()).forEach(kill);
      await ended;
    },
  };
}

function kill({ pid }: ProcessIdentity): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with another one.
  }
}

/** The user that the lab's processes are (unprivileged.ts). */
function loginName(): string {
  return process.geteuid?.() === 0 ? 'nobody' : userInfo().username;
}

async function startDaemon(dir: string, log: string): Promise<ChildProcess> {
  const { program, libraries } = await sshd();
  const command = [program, '-D', '-e', '-f', path.join(dir, 'sshd_config')];
  const [file = program, ...args] =
    loginName() === 'nobody' ? await asNobodyWithShell(dir, command) : command;
  const child = spawn(file, args, {
    env: { PATH: systemPath(), ...(libraries === '' ? {} : { LD_LIBRARY_PATH: libraries }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += String(chunk);
    void appendFile(log, chunk);
  });
  for (let waited = 0; !said.includes('Server listening'); waited += 50) {
    if (waited > 10_000 || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`sshd does not start: ${said}`);
    }
    await sleep(50);
  }
  return child;
}

/** sshd runs commands with the user's shell, and nobody has none, nor a password: in a mount namespace of its own it has. */
async function asNobodyWithShell(dir: string, command: readonly string[]): Promise<string[]> {
  const [passwd, shadow] = [path.join(dir, 'passwd'), path.join(dir, 'shadow')];
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  const changed = lines.map((line) => (line.startsWith('nobody:') ? nobody : line));
  await writeFile(passwd, changed.join('\n'));
  await writeFile(shadow, `nobody:${hash}:19000:0:99999:7:::\n`);
  const script =
    'mount --bind "$0" /etc/passwd && mount --bind "$1" /etc/shadow && shift && exec unshare --user --map-user=nobody --map-group=nogroup -- "$@"';
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, passwd, shadow, ...command];
}

const nobody = 'nobody:x:65534:65534:nobody:/tmp:/bin/sh';

// Of `password`, by `openssl passwd -6`.
const hash =
  '$6$WR7vbYieMupyRYMs$vysXmxuxsZ926jg9e9Rs9SsUOMge/Y6ShThetqe2GhmaUCPPveasZ00yoEwUaKzGHE8cRFue.gwyRIVaxbToz/';

async function sshd(): Promise<{ program: string; libraries: string }> {
  const installed = systemPath()
    .split(path.delimiter)
    .map((dir) => path.join(dir, 'sshd'))
    .find((file) => existsSync(file));
  if (installed !== undefined) return { program: installed, libraries: '' };
  const [server, wrap] = [await debianPackage('openssh-server'), await debianPackage('libwrap0')];
  const lib = path.join(wrap, 'usr/lib');
  const libraries = (await readdir(lib)).map((multiarch) => path.join(lib, multiarch)).join(':');
  return { program: path.join(server, 'usr/sbin/sshd'), libraries };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
