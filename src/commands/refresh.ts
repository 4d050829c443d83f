import type { Command } from './command';

/** *Refresh*: reads all hosts anew. */
export const refresh: Command = async ({ hosts }) => {
  await Promise.all((await hosts.all()).map((host) => host.refresh()));
};
