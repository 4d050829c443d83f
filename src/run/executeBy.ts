import type { CommandSpec } from '../host/commandLine';
import { CommandError } from '../host/errors';
import type { Run } from '../host/process';
import { endedBy, succeeded } from './ended';
import type { Execute } from './runPlan';

// Who waits for a large image to be copied waits; a command that hangs is cancelled by hand.
const longestMs = 24 * 60 * 60 * 1000;

/** Where commands are seen. */
export interface Screen {
  begins(spec: CommandSpec, title: string): void;
  printed(spec: CommandSpec, title: string, text: string): void;
  /** Told of what failed, with the command's own words, which the message for people may have put into others. */
  failed?(error: CommandError): void;
}

/** Makes the function that carries a plan's commands out by `run`, which tells what failed from what cannot be known. */
export function executeBy(run: Run, screen: Screen): Execute {
  return async (spec, title, signal) => {
    screen.begins(spec, title);
    const options = { timeoutMs: longestMs, seen: true, ...(signal === undefined ? {} : { signal }) };
    try {
      const { stdout, stderr } = await run(spec, options);
      screen.printed(spec, title, stdout + stderr);
      return succeeded;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      screen.printed(spec, title, error.stderr === '' ? error.message : error.stderr);
      screen.failed?.(error);
      if (error.kind === 'notInstalled' || error.kind === 'noPermission') throw error;
      return endedBy(error);
    }
  };
}
