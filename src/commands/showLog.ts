import type { Command } from './command';

/** *Show Log*: the output channel with every command that ran, its exit code and what it said. */
export const showLog: Command = ({ log }) => {
  log.show();
  return Promise.resolve();
};
