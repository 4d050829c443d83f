import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { partsOf, type Plan, type Undo } from '../plan/plan';
import { processStart } from './processStart';

/** A run of a plan as its journal tells of it: what was about to be made, and what of it is whole. */
export interface Recorded {
  readonly file: string;
  readonly plan: Plan;
  /** All ways back that were written down, in the order in which the steps began. */
  readonly begun: readonly Undo[];
  /** Those that are still to be gone: of what made nothing, is taken back already, or belongs to a whole part, none. */
  readonly undos: readonly Undo[];
  readonly done: ReadonlySet<string>;
}

interface Owner {
  readonly pid: number;
  readonly started: string | undefined;
}

type Line =
  | { readonly plan: Plan }
  | { readonly undo: Undo; readonly part?: string | undefined }
  /** The way back with this number need not be gone any more. */
  | { readonly over: number }
  | { readonly done: string };

/**
 * The journal of one run: a file that is there as long as something of the run may have to be taken back. It is written
 * before each step that makes something, so that a run whose window was killed can be found at the next start. Its name
 * holds the process that has it, so that it passes to another one in a single step.
 */
export class Journal {
  private constructor(
    readonly file: string,
    private readonly begun: Undo[],
  ) {}

  /** @param directory the journals', made where it is missing */
  static async open(directory: string, id: string, plan: Plan): Promise<Journal> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = path.join(directory, fileName(id, await thisProcess()));
    // A definition may hold a password.
    await writeFile(file, line({ plan }), { mode: 0o600, flag: 'wx' });
    return new Journal(file, []);
  }

  /**
   * Takes a cut-off run for this process: of two windows that offer it, just one gets it. Until it is closed, it is found
   * again when this process is cut off too.
   * @returns undefined where another one has it
   */
  static async take({ file, begun }: Recorded): Promise<Journal | undefined> {
    const { id } = ownerIn(path.basename(file)) ?? { id: path.basename(file) };
    const mine = path.join(path.dirname(file), fileName(id, await thisProcess()));
    try {
      await rename(file, mine);
      return new Journal(mine, [...begun]);
    } catch {
      return undefined;
    }
  }

  async begins(undo: Undo, part: string | undefined): Promise<void> {
    this.begun.push(undo);
    await appendFile(this.file, line({ undo, part }));
  }

  /** Nothing of a step is there (any more): what comes to its place later is somebody else's. */
  async over(undo: Undo): Promise<void> {
    const number = this.begun.lastIndexOf(undo);
    if (number !== -1) await appendFile(this.file, line({ over: number }));
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
  for (const name of names) {
    const owner = ownerIn(name);
    if (owner === undefined || (await isAlive(owner))) continue;
    const run = await readJournal(path.join(directory, name));
    if (run !== undefined) found.push(run);
  }
  return found;
}

/** A run as its journal tells of it; undefined where there is none, or not even its plan. */
export async function readJournal(file: string): Promise<Recorded | undefined> {
  const lines = linesOf(await readFile(file, 'utf8').catch(() => ''));
  const [head] = lines;
  if (head === undefined || !('plan' in head)) return undefined;
  const done = new Set(lines.flatMap((entry) => ('done' in entry ? [entry.done] : [])));
  const over = new Set(lines.flatMap((entry) => ('over' in entry ? [entry.over] : [])));
  const begun = lines.flatMap((entry) => ('undo' in entry ? [entry] : []));
  const open = begun.filter(
    ({ part }, number) => !over.has(number) && !(part !== undefined && done.has(part)),
  );
  const undosOf = (entries: typeof begun) => entries.map(({ undo }) => undo);
  return { file, plan: head.plan, begun: undosOf(begun), undos: undosOf(open), done };
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

async function thisProcess(): Promise<Owner> {
  return { pid: process.pid, started: await processStart(process.pid) };
}

function fileName(id: string, { pid, started = '' }: Owner): string {
  return `${id}.${pid}-${started}.jsonl`;
}

function ownerIn(name: string): (Owner & { readonly id: string }) | undefined {
  const [, id, pid, started] = /^(.+)\.(\d+)-(\d*)\.jsonl$/.exec(name) ?? [];
  if (id === undefined || started === undefined) return undefined;
  return { id, pid: Number(pid), started: started === '' ? undefined : started };
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (await processStart(pid)) === started;
}
