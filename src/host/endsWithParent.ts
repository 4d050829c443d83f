import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A program and its arguments. */
export interface Started {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * A command whose process the kernel ends with this one, however that dies: a virsh reads nothing while it connects or
 * waits for events, and would not notice. The process is that of the program, with the same id. As it is where the
 * kernel cannot be told, or the program cannot be started anyway: who starts it is then told why.
 */
export function endsWithParent(command: Started, env: NodeJS.ProcessEnv): Started {
  const setpriv = executable('setpriv', env);
  if (setpriv === undefined || !knowsDeathSignal(setpriv)) return command;
  const program = executable(command.file, env);
  return program === undefined
    ? command
    : { file: setpriv, args: ['--pdeathsig', 'KILL', '--', program, ...command.args] };
}

/** The file that is started by this name. */
function executable(name: string, { PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  const files = name.includes('/') ? [name] : PATH.split(path.delimiter).map((dir) => path.join(dir, name));
  return files.find((file) => path.isAbsolute(file) && isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

const known = new Map<string, boolean>();

/** Only util-linux has the option, since 2.33; BusyBox has a setpriv too. Who knows an option has its name inside. */
function knowsDeathSignal(setpriv: string): boolean {
  let knows = known.get(setpriv);
  if (knows === undefined) {
    knows = process.platform === 'linux' && readFileSync(setpriv).includes('pdeathsig');
    known.set(setpriv, knows);
  }
  return knows;
}
