import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { cacheDir } from './cache';

/** The VS Code that runs in a browser: its server, and the Node that this server wants. */
export interface HostedVSCode {
  readonly node: string;
  readonly serverMain: string;
  readonly version: string;
}

/** The npm package that carries VS Code 1.139, and the Node that its native modules are compiled for. */
const codeServer = '4.139.1';
const nodeVersion = '24.21.0';
const nodePackage = `node-${process.platform}-${process.arch}`;

/**
 * Installs code-server's VS Code and its Node into the cache when they are missing (about two minutes, most of it
 * compiling native modules), and says where they are. The place appears whole or not at all: it is built beside and
 * then renamed, so that a cancelled install leaves nothing half done and two at a time do no harm.
 */
export async function hostedVSCode(): Promise<HostedVSCode> {
  const cache = cacheDir('vscode');
  const home = path.join(cache, `code-server-${codeServer}-${nodePackage}-${nodeVersion}`);
  if (!existsSync(home)) await install(cache, home);
  return {
    node: path.join(home, 'node', 'bin', 'node'),
    serverMain: path.join(home, 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
    version: codeServer,
  };
}

async function install(cache: string, home: string): Promise<void> {
  console.log(
    `Installing the VS Code that runs in a browser (npm: code-server ${codeServer}), once, 3 minutes…`,
  );
  await removeLeftovers(cache);
  const building = await mkdtemp(path.join(cache, `installing-${process.pid}-`));
  try {
    await unpack(`${nodePackage}@${nodeVersion}`, path.join(building, 'node'));
    await unpack(`code-server@${codeServer}`, path.join(building, 'code-server'));
    await compile(path.join(building, 'code-server', 'lib', 'vscode'), path.join(building, 'node'));
    await rename(building, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** A package's files without its dependencies and without its install scripts. */
async function unpack(spec: string, target: string): Promise<void> {
  await mkdir(target);
  const { stdout } = await execa('npm', ['pack', spec, '--json', '--pack-destination', target], {
    cwd: target,
    stderr: 'ignore',
  });
  const archive = path.join(target, fileNamed(stdout));
  await execa('tar', ['-xzf', archive, '-C', target, '--strip-components=1', '--no-same-owner']);
  await rm(archive);
}

function fileNamed(json: string): string {
  const [packed] = JSON.parse(json) as { filename: string }[];
  if (!packed) throw new Error(`npm pack named no file: ${json}`);
  return packed.filename;
}

/**
 * What code-server's own install script does, less the TypeScript language service. npm runs under the new Node, with
 * that Node's headers: `npm_config_nodedir` stands above a `nodedir` in the user's .npmrc, which would be another's.
 */
async function compile(vscode: string, node: string): Promise<void> {
  await execa('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: vscode,
    env: {
      PATH: `${path.join(node, 'bin')}:${process.env.PATH ?? ''}`,
      npm_config_nodedir: node,
      JOBS: 'max',
    },
    stdin: 'ignore',
    all: true,
  });
}

/** Installs that were killed: their process is gone. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const pid = /^installing-(\d+)-/.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(path.join(cache, entry), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
