import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inputFile, type CommandSpec } from './commandLine';

/**
 * Lets a command be run whose input has become a file of its own: what a program opens by name cannot be one end of a
 * socket, which is what Node makes of a child's stdin. Only this user can read it (a definition may hold a password),
 * and it is gone when the command has ended.
 */
export async function withInputFile<T>(
  spec: CommandSpec,
  use: (spec: CommandSpec) => Promise<T>,
): Promise<T> {
  if (spec.input === undefined) return use(spec);
  const directory = await mkdtemp(path.join(tmpdir(), 'libvirt-'));
  try {
    const file = path.join(directory, 'input.xml');
    await writeFile(file, spec.input, { mode: 0o600 });
    const args = spec.args.map((argument) => (argument === inputFile ? file : argument));
    return await use({ file: spec.file, args });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
