// Bundles the extension into one CommonJS file, and the tests that run inside VS Code into another folder.
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

const insideVSCode = {
  ...shared,
  entryPoints: { extension: 'test/extension/index.ts', smoke: 'test/support/smokeDriver/index.ts' },
  outdir: 'out',
  outExtension: { '.js': '.cjs' },
  external: ['vscode', 'mocha'],
  sourcemap: 'inline',
};

if (process.argv.includes('--watch')) {
  await (await context(extension)).watch();
} else {
  await Promise.all(production ? [build(extension)] : [build(extension), build(insideVSCode)]);
}
