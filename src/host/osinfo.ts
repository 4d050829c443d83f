import { CommandError } from './errors';
import type { Run } from './process';

/** An operating system as libosinfo knows it. */
export interface OperatingSystem {
  readonly shortId: string;
  readonly name: string;
  readonly id: string;
}

/**
 * The operating systems the installed libosinfo knows, by family, newest first; undefined where it cannot be asked. A template
 * may name one that this machine's database does not know yet, and virt-install refuses such an id.
 */
export async function operatingSystems(run: Run): Promise<OperatingSystem[] | undefined> {
  try {
    const args = ['os', '--fields=short-id,name,id'];
    const { stdout } = await run({ file: 'osinfo-query', args });
    return parseOperatingSystems(stdout);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Reads the table of `osinfo-query`: a head, a line, and rows whose columns are parted by bars. */
export function parseOperatingSystems(table: string): OperatingSystem[] {
  return table
    .split('\n')
    .slice(2)
    .flatMap((row) => {
      const [shortId, name, id] = row.split('|').map((column) => column.trim());
      return shortId === undefined || name === undefined || id === undefined ? [] : [{ shortId, name, id }];
    })
    .sort((a, b) => family(a).localeCompare(family(b)) || byVersion.compare(b.shortId, a.shortId));
}

// osinfo-query's own sorting by date breaks at systems without one.
const byVersion = new Intl.Collator('en', { numeric: true });

function family({ shortId }: OperatingSystem): string {
  return /^[^\d]*/.exec(shortId)?.[0] ?? '';
}
