import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The file of a program in a search path; undefined where none of its directories has one that can be run. */
export function findProgram(program: string, searchPath: string): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((dir) => path.isAbsolute(dir))
    .map((dir) => path.join(dir, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
