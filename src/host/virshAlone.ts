import { programs, type CommandSpec } from './commandLine';
import { couldNotConnect, withoutNotices } from './stderr';
import { CommandError } from './errors';
import type { Reply } from './framing';
import { makeRun, type ProgramPaths, type RunOptions } from './process';
import type { SessionProgram } from './virshPipe';

// Linux: MAX_ARG_STRLEN, with the zero byte at its end.
const longestArgument = 128 * 1024 - 1;

/**
 * Gives a command to a virsh process of its own, as one argument, in which every character is just a character.
 * @returns what it printed; where it failed, nothing and its stderr
 * @throws CommandError if the host cannot be reached
 */
export async function askAlone(
  program: SessionProgram,
  command: string,
  options: RunOptions,
): Promise<Reply> {
  if (command.includes('\0') || Buffer.byteLength(command) > longestArgument)
    return { stdout: '', stderr: 'error: this command cannot be given to virsh\n' };
  try {
    const { stdout, stderr } = await run(program, command, options);
    return { stdout, stderr: withoutNotices(stderr) };
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === undefined || couldNotConnect(error.stderr))
      throw error;
    return { stdout: '', stderr: withoutNotices(error.stderr) };
  }
}

/**
 * Has libvirt's client start the daemon of the user's session, as any virsh of the user would: with their own
 * environment, which the daemon inherits in part (see the pipe's).
 * @throws CommandError if it does not come up
 */
export async function startDaemon(program: SessionProgram, options: RunOptions): Promise<void> {
  await run(program, 'uri', options);
}

function run({ file, env, uri }: SessionProgram, command: string, options: RunOptions) {
  const paths = Object.fromEntries(programs.map((name) => [name, file])) as ProgramPaths;
  const spec: CommandSpec = { file: 'virsh', args: ['--quiet', '--connect', uri, command] };
  return makeRun(
    () => paths,
    env,
    () => undefined,
  )(spec, options);
}
