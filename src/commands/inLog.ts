import type { CommandError } from '../host/errors';
import { commandLine } from '../plan/script';
import type { Deps } from './command';

/** Writes a failed command of a plan into the log: with its exit code, and in its own words. */
export function inLog({ log }: Pick<Deps, 'log'>): (error: CommandError) => void {
  return ({ spec, exitCode, stderr }) =>
    log.warn(`${commandLine(spec)} → ${exitCode ?? 'no exit code'}: ${stderr.trim()}`);
}
