import path from 'node:path';
import Mocha from 'mocha';

/** Runs the tests in VS Code's extension host: what `extensionTestsPath` names. Rejects when one of them failed. */
export async function run(): Promise<void> {
  const root = path.resolve(__dirname, '..'); // of the bundle out/extension.cjs
  const mocha = new Mocha({
    color: false,
    forbidOnly: true,
    reporter: path.join(root, 'test/support/tierReporter.cjs'),
    timeout: 180_000,
  });
  // Makes describe and it global, before the modules that call them are evaluated: they are imported lazily.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./activation.test');
  await import('./terminal.test');
  await import('./commands.test');
  await import('./life.test');
  await import('./lineage.test');
  await import('./documents.test');
  await import('./definitions.test');
  await import('./failures.test');
  await import('./sieve.test');
  await import('./takeBack.test');

  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} of the tests in VS Code failed`);
}
