import { reasonOf, type CommandError } from '../host/errors';
import { explanationOf, type Explanation } from '../host/explain';
import { couldNotConnect, lostConnection } from '../host/stderr';

/** How a command ended. */
export interface Ended {
  /**
   * Undefined where nobody can say what the command has done: it was ended from outside, or its host was not reached or
   * went meanwhile.
   */
  readonly exitCode: number | undefined;
  /** Why it failed, and what helps where that is known; empty where nothing is. */
  readonly cause: string;
  /** The same as data, where it is known. */
  readonly explanation?: Explanation;
}

export const succeeded: Ended = { exitCode: 0, cause: '' };

/** What a failure says about the end of its command: an exit code only where the command itself has failed. */
export function endedBy({ kind, exitCode, stderr, message }: CommandError): Ended {
  const fromOutside = kind === 'cancelled' || kind === 'timeout';
  const unreached = lostConnection(stderr) || couldNotConnect(stderr);
  const explanation = explanationOf(stderr);
  return {
    exitCode: fromOutside || unreached ? undefined : exitCode,
    cause: reasonOf(stderr) || message,
    ...(explanation === undefined ? {} : { explanation }),
  };
}
