// The tier `extension`: starts VS Code with a lab of its own, and in it the tests of index.ts. The VS Code is
// `$VSCODE_EXECUTABLE` (a desktop one), else the one that runs in a browser.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { cacheDir } from '../support/cache';
import { createLab } from '../support/lab';

const root = path.resolve(import.meta.dirname, '../..');
const hosted = path.join(root, 'test/support/code-launcher.mjs');

process.exitCode = await runInVSCode();

async function runInVSCode(): Promise<number> {
  const lab = await createLab();
  const profile = await mkdtemp(path.join(tmpdir(), 'llc-code-'));
  try {
    await lab.addTemplate('plantilla-prueba1');
    await lab.addMachine('maquina1');
    return await runTests({
      vscodeExecutablePath: process.env.VSCODE_EXECUTABLE ?? hosted,
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, 'out/extension.cjs'),
      launchArgs: [`--user-data-dir=${profile}`, `--extensions-dir=${path.join(profile, 'extensions')}`],
      // The lab has a cache directory of its own, in which no VS Code is.
      extensionTestsEnv: { ...lab.env, LINKED_CLONES_CACHE: cacheDir() },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await lab.dispose();
    await rm(profile, { recursive: true, force: true, maxRetries: 3 });
  }
}
