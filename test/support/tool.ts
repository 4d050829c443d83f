import { execa } from 'execa';
import { systemPath } from './systemPackages';

/** Runs a program of the system, those of sbin too; resolves with its output, throws with its message. */
export async function tool(file: string, args: string[], input?: string): Promise<string> {
  const env = { PATH: systemPath(), LC_ALL: 'C.UTF-8' };
  const result = await execa(file, args, { env, ...(input === undefined ? {} : { input }) });
  return result.stdout;
}
