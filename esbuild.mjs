// Bundles the extension into one CommonJS file, the page of its displays into another, and the tests that run inside VS Code into another folder.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { build, context } from 'esbuild';

const production = process.argv.includes('--production');
const shared = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  // `module` first: fast-xml-parser and execa ship both forms, and the ESM one can be tree-shaken.
  mainFields: ['module', 'main'],
};

const extension = {
  ...shared,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.cjs',
  external: ['vscode'],
  minify: production,
  sourcemap: production ? false : 'linked',
};

// A module, because noVNC finds out with an `await` of its own what the browser can do.
const display = {
  ...shared,
  entryPoints: ['webview/display.ts'],
  outfile: 'dist/display.js',
  format: 'esm',
  platform: 'browser',
  target: 'chrome120',
  minify: production,
  legalComments: 'none',
};

const insideVSCode = {
  ...shared,
  entryPoints: { extension: 'test/extension/index.ts', smoke: 'test/support/smokeDriver/index.ts' },
  outdir: 'out',
  outExtension: { '.js': '.cjs' },
  external: ['vscode', 'mocha'],
  sourcemap: 'inline',
};

/** noVNC's licence asks for its text, and for the place of its source, wherever it goes. */
async function licences() {
  const files = ['LICENSE.txt', 'docs/LICENSE.MPL-2.0', 'docs/LICENSE.BSD-3-Clause', 'vendor/pako/LICENSE'];
  const texts = await Promise.all(files.map((file) => readFile(`node_modules/@novnc/novnc/${file}`, 'utf8')));
  const source = 'display.js contains noVNC, unchanged: https://github.com/novnc/noVNC\n';
  await mkdir('dist', { recursive: true });
  await writeFile('dist/display.LICENSE.txt', [source, ...texts].join('\n'));
}

if (process.argv.includes('--watch')) {
  for (const one of [extension, display]) await (await context(one)).watch();
} else {
  const ours = [build(extension), build(display), licences()];
  await Promise.all(production ? ours : [...ours, build(insideVSCode)]);
}
