import { execa } from 'execa';
import type { CommandSpec, Program, Tool } from './commandLine';
import { CommandError, failureKind, type FailureKind } from './errors';
import { withInputFile } from './inputFile';
import { unattended } from './uri';

/** Where the programs are: a name that is looked up in PATH, or an absolute path from the settings. */
export type ProgramPaths = Readonly<Record<Program | Tool, string>>;

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds after which the process is ended; a minute unless told. */
  readonly timeoutMs?: number;
  /** Whether a person reads what it prints: then it keeps their language, and nothing of it is parsed. */
  readonly seen?: boolean;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands whose output is read by the extension, and reports each to `onDone` for the log. */
export type Run = (spec: CommandSpec, options?: RunOptions) => Promise<Output>;

export interface Done {
  readonly spec: CommandSpec;
  readonly exitCode: number | undefined;
  readonly stderr: string;
  readonly ms: number;
}

/**
 * Makes the function that runs commands. Their language is C unless a person reads it, because virsh and its siblings translate what they print
 * (a Spanish virsh says `ejecutando`); no shell is involved, and a missing program, a time limit and a cancellation
 * become a CommandError like any other failure. Nobody sees what would be asked here, so nothing is: ssh fails instead.
 */
export function makeRun(
  paths: () => ProgramPaths,
  env: NodeJS.ProcessEnv,
  onDone: (done: Done) => void,
): Run {
  return async (asked, options = {}) => {
    const spec = unattended(asked);
    const started = performance.now();
    const result = await withInputFile(spec, ({ file, args }) =>
      execa(paths()[file], args, {
        env: options.seen === true ? env : { ...env, LC_ALL: 'C.UTF-8', LANGUAGE: '' },
        extendEnv: false,
        stdin: 'ignore',
        reject: false,
        stripFinalNewline: false,
        maxBuffer: 256 * 1024 * 1024,
        timeout: options.timeoutMs ?? 60_000,
        forceKillAfterDelay: 2000,
        ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      }),
    );
    const { exitCode, stdout, stderr } = result;
    onDone({ spec, exitCode, stderr, ms: performance.now() - started });
    if (!result.failed) return { stdout, stderr };
    throw new CommandError(kindOf(result), spec, exitCode, stderr, { cause: result });
  };
}

function kindOf(result: {
  isCanceled: boolean;
  timedOut: boolean;
  code?: string | undefined;
  stderr: string;
}): FailureKind {
  if (result.isCanceled) return 'cancelled';
  if (result.timedOut) return 'timeout';
  if (result.code === 'ENOENT') return 'notInstalled';
  if (result.code === 'EACCES') return 'noPermission';
  return failureKind(result.stderr);
}
