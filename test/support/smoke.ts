import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { cacheDir } from './cache';
import { createLab, type Lab } from './lab';
import type { SmokeOrder } from './smokeDriver/index';
import { installExtension } from './vscodeServer';

const root = path.resolve(import.meta.dirname, '../..');

interface Outcome {
  readonly clones: readonly { readonly name: string; readonly volumes: readonly string[] }[];
}

/**
 * `npm start -- --smoke`: the whole way once, without a person, in a lab of its own: one linked clone by the packaged
 * extension, booted until its guest is ready, its template unchanged.
 * @throws Error where any of that does not hold
 */
export async function smoke(vsix: string, stop: AbortSignal): Promise<void> {
  const lab = await createLab();
  const profile = await mkdtemp(path.join(tmpdir(), 'llc-smoke-'));
  try {
    const template = await lab.addTemplate('plantilla-prueba1');
    await lab.addMachine('maquina1');
    const before = await lab.hash(template.path);
    await installExtension(profile, vsix);

    stop.throwIfAborted();
    const [clone] = (await cloneInVSCode(lab, profile, template.name)).clones;
    const overlay = clone?.volumes[0];
    if (clone === undefined || overlay === undefined) throw new Error('The extension made no clone.');
    const info = await lab.run('qemu-img', 'info', '-U', overlay);
    console.log(`The overlay:\n\n${info}`);
    const backing = /^backing file: (.*)$/m.exec(info)?.[1];
    if (backing !== template.path) throw new Error(`The overlay stands on ${backing ?? 'nothing'}.`);
    console.log(`The machine:\n\n${await lab.virsh('dumpxml', '--domain', clone.name)}`);

    stop.throwIfAborted();
    const said = await lab.waitForReady(clone.name, 120_000);
    console.log(`The guest says: ${said.trim().split('\n').at(-1)}`);
    stop.throwIfAborted();
    const after = await lab.hash(template.path);
    console.log(`The template's image before: ${before}\n                     after:  ${after}`);
    if (after !== before) throw new Error("The template's image has changed.");
  } finally {
    await lab.dispose();
    await rm(profile, { recursive: true, force: true, maxRetries: 3 });
  }
  console.log('\nAll of that held.');
}

async function cloneInVSCode(lab: Lab, profile: string, template: string): Promise<Outcome> {
  const outcome = path.join(profile, 'outcome.json');
  const order: SmokeOrder = { template, name: 'smoke-clone', outcome };
  const exitCode = await runTests({
    vscodeExecutablePath: process.env.VSCODE_EXECUTABLE ?? path.join(root, 'test/support/code-launcher.mjs'),
    extensionDevelopmentPath: path.join(root, 'test/support/smokeDriver'),
    extensionTestsPath: path.join(root, 'out/smoke.cjs'),
    launchArgs: [`--user-data-dir=${profile}`, `--extensions-dir=${path.join(profile, 'extensions')}`],
    extensionTestsEnv: { ...lab.env, LINKED_CLONES_CACHE: cacheDir(), SMOKE_ORDER: JSON.stringify(order) },
  });
  if (exitCode !== 0) throw new Error(`VS Code ended with exit code ${exitCode}.`);
  return JSON.parse(await readFile(outcome, 'utf8')) as Outcome;
}
