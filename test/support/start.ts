// `npm start [-- --smoke]`: from a fresh clone to a running editor with a host, a template and a pool. What the system
// lacks is installed first; for root, all that follows runs as an ordinary user, because libvirt's session is theirs.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { cacheDir } from './cache';
import { desktopCode, openDesktop } from './desktopCode';
import { hostedVSCode } from './hostedVSCode';
import { createLab, type Lab } from './lab';
import { standingLabDir } from './labDirectory';
import { smoke } from './smoke';
import { ensureSystemPackages } from './systemPackages';
import { asUser } from './unprivileged';
import { writeUserSettings } from './userSettings';
import { installExtension, startServer } from './vscodeServer';

const root = path.resolve(import.meta.dirname, '../..');
const vsix = path.join(root, 'dist/libvirt-linked-clones.vsix');
const wantsSmoke = process.argv.includes('--smoke');

// Heard from the first moment on, so that nothing is left half started when Ctrl-C comes early.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

/** Asked anew each time: the signal may come at any moment. */
function isStopped(): boolean {
  return stop.signal.aborted;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});

async function main(): Promise<number> {
  const desktop = wantsSmoke ? undefined : await desktopCode();
  const editor =
    desktop === undefined ? (['vscode-build', ...(wantsSmoke ? ['browser' as const] : [])] as const) : [];
  await ensureSystemPackages(['libvirt', 'guest', ...editor]);
  if (desktop === undefined) await hostedVSCode();
  if (isStopped()) return 130;
  if (process.geteuid?.() === 0) return again();

  console.log('Building and packaging the extension …');
  // Packaging bundles the extension itself; what drives VS Code in a smoke run is bundled here.
  if (wantsSmoke)
    await execa('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  await execa('npm', ['run', '--silent', 'package', '--', '--out', vsix], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (isStopped()) return 130;
  if (wantsSmoke) await smoke(vsix, stop.signal);
  else await start(desktop);
  return isStopped() && wantsSmoke ? 130 : 0;
}

/** The same once more as an ordinary user, with this process passing signals on. */
async function again(): Promise<number> {
  const { file, args } = asUser(process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
  const child = execa(file, args, { stdio: 'inherit', reject: false });
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return (await child).exitCode ?? 1;
}

async function start(desktop: string | undefined): Promise<void> {
  console.log('Starting the lab: a libvirt session of its own, with a template and an ordinary machine …');
  const lab = await createLab({ dir: standingLabDir() });
  try {
    await lab.ensure('plantilla-prueba1', () => lab.addTemplate('plantilla-prueba1'));
    await lab.ensure('maquina1', () => lab.addMachine('maquina1'));
    if (isStopped()) return;
    await (desktop === undefined ? openHosted(lab) : openDesktop(desktop, lab, vsix, stop.signal));
  } finally {
    await lab.dispose();
  }
}

async function openHosted(lab: Lab): Promise<void> {
  const dataDir = cacheDir('start', 'vscode');
  await mkdir(dataDir, { recursive: true });
  // Only the first time: what a person has set since then is theirs.
  if (!existsSync(path.join(dataDir, 'data/User/settings.json'))) await writeUserSettings(dataDir);
  await installExtension(dataDir, vsix);
  const token = randomUUID();
  const server = await startServer({ dataDir, token, env: lab.env });
  try {
    console.log(`\nVS Code is ready. Open it in a browser on this machine:\n\n  ${server.url}\n`);
    console.log(`The lab is in ${lab.dir}. Ctrl-C ends VS Code and the lab.`);
    if (!isStopped()) await once(stop.signal, 'abort');
  } finally {
    await server.stop();
  }
}
