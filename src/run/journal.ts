import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { partsOf, type Plan, type Undo } from '../plan/plan';
import { processStart } from './processStart';

/** A run of a plan as its journal tells of it: what was about to be made, and what of it is whole. */
export interface Recorded {
  readonly file: string;
  readonly plan: Plan;
  /** Ways back, in the order in which the steps began; of parts that are done none. */
  readonly undos: readonly Undo[];
  readonly done: ReadonlySet<string>;
}

interface Owner {
  readonly pid: number;
  readonly started: string | undefined;
}

type Line =
  | { readonly plan: Plan; readonly owner: Owner }
  | { readonly undo: Undo; readonly part?: string | undefined }
  | { readonly done: string };

/**
 * The journal of one run: a file that is there as long as something of the run may have to be taken back. It is written
 * before each step that makes something, so that a run whose window was killed can be found at the next start.
 */
export class Journal {
  private constructor(readonly file: string) {}

  /** @param directory the journals', made where it is missing */
  static async open(directory: string, id: string, plan: Plan): Promise<Journal> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const journal = new Journal(path.join(directory, `${id}.jsonl`));
    const owner = { pid: process.pid, started: await processStart(process.pid) };
    // A definition may hold a password.
    await writeFile(journal.file, line({ plan, owner }), { mode: 0o600, flag: 'wx' });
    return journal;
  }

  async begins(undo: Undo, part: string | undefined): Promise<void> {
    await appendFile(this.file, line({ undo, part }));
  }

  async done(part: string): Promise<void> {
    await appendFile(this.file, line({ done: part }));
  }

  async close(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

/** The runs that were cut off: their journals are there, and the processes that wrote them are not. */
export async function cutOff(directory: string): Promise<Recorded[]> {
  const names = await readdir(directory).catch(() => []);
  const found: Recorded[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith('.jsonl'))) {
    const file = path.join(directory, name);
    const head = (await readLines(file))[0];
    if (head === undefined || !('plan' in head) || (await isAlive(head.owner))) continue;
    const run = await readJournal(file);
    if (run !== undefined) found.push(run);
  }
  return found;
}

/** A run as its journal tells of it; undefined where there is none, or not even its plan. */
export async function readJournal(file: string): Promise<Recorded | undefined> {
  const lines = await readLines(file);
  const [head] = lines;
  return head === undefined || !('plan' in head) ? undefined : recorded(file, head.plan, lines);
}

async function readLines(file: string): Promise<Line[]> {
  return linesOf(await readFile(file, 'utf8').catch(() => ''));
}

/**
 * Takes a cut-off run for this process: of two windows that offer it, just one gets it.
 * @returns false where another one has it
 */
export async function claim({ file }: Recorded): Promise<boolean> {
  try {
    await rename(file, `${file}.taken`);
    await rm(`${file}.taken`, { force: true });
    return true;
  } catch {
    return false;
  }
}

function recorded(file: string, plan: Plan, lines: readonly Line[]): Recorded {
  const done = new Set(lines.flatMap((entry) => ('done' in entry ? [entry.done] : [])));
  const undos = lines.flatMap((entry) =>
    'undo' in entry && !(entry.part !== undefined && done.has(entry.part)) ? [entry.undo] : [],
  );
  return { file, plan, undos, done };
}

/** The plan of what is still to be made of a run, once what was half made is taken back. */
export function remaining({ plan, done }: Recorded): Plan {
  if (partsOf(plan.steps).size === 0) return plan;
  return { ...plan, steps: plan.steps.filter(({ part }) => part === undefined || !done.has(part)) };
}

function line(entry: Line): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The last line may be cut off as well: then its step had not begun. */
function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((json) => {
    try {
      return json === '' ? [] : [JSON.parse(json) as Line];
    } catch {
      return [];
    }
  });
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (await processStart(pid)) === started;
}
