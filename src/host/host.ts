import { posix } from 'node:path';
import { isLocal, virsh } from './commandLine';
import { Edits } from './edits';
import { CommandError } from './errors';
import { HostFiles } from './hostFiles';
import type { Inventory } from './inventory';
import { Model } from './model';
import { PipedRun } from './pipedRun';
import type { Run } from './process';
import type { ListedDomain, Names } from './names';
import { Reader, type AskAll, type ListedVolume, type PoolFacts } from './reader';
import { isSsh } from './uri';
import type { SessionProgram } from './virshPipe';

/** What is known of a host: its last good inventory, and what went wrong since, if anything. */
export interface HostState {
  readonly inventory: Inventory | undefined;
  readonly error: Error | undefined;
}

/** How a host is asked: by a few persistent sessions. */
export interface Connection {
  readonly askAll: AskAll;
  /** The virsh that reaches the host; undefined where each command is a process of its own. */
  readonly program?: () => SessionProgram;
  dispose(): void;
}

/** Objects that a change has touched: domains by name or UUID, volumes by path. */
export interface Touched {
  readonly domains?: readonly string[];
  readonly volumes?: readonly string[];
}

/** What a reading is to bring; nothing but the names where nothing is said. */
interface Wish {
  /** Every definition anew. */
  readonly all: boolean;
  /** The same after libvirt has looked for files that others made. */
  readonly thorough: boolean;
  /** What is new, gone, renamed or in another state. */
  readonly names: boolean;
  /** Machines that were edited while they were off. */
  readonly edits: boolean;
  readonly domains: readonly string[];
  readonly volumes: readonly string[];
}

type Listed = readonly ListedVolume[];

const nothing: Wish = { all: false, thorough: false, names: false, edits: false, domains: [], volumes: [] };

// While details arrive, those who watch are told of them this often (milliseconds), not for each object.
const progressMs = 250;

// So many volumes are asked for at once while the host is read for the first time: four processes' worth on this machine,
// where two at a time would wait for each other's start; elsewhere what is opened meanwhile should not wait so long.
const portions = { here: 1000, elsewhere: 500 };

/** How many commands of a run are worth having under way at once: libvirt then starts the next while qemu-img works. */
export const parallelRuns = 3;

/** One libvirt host: keeps its newest inventory and tells who listens when it changed. */
export class Host {
  private current: HostState = { inventory: undefined, error: undefined };
  private readonly model = new Model();
  private readonly files: HostFiles;
  private readonly reader: Reader;
  private readonly edits: Edits;
  private readonly listeners = new Set<() => void>();
  private readonly ended = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();
  private reading = false;
  /** Whether everything has been read once: until then, guards must not trust what is not there. */
  private complete = false;
  private waiting: { wish: Wish; readonly result: Promise<HostState> } | undefined;
  private openPools: ReadonlySet<string> = new Set();

  constructor(
    readonly uri: string,
    readonly run: Run,
    private readonly connection: Connection,
  ) {
    const ask: AskAll = (commands, options) => connection.askAll(commands, options);
    this.reader = new Reader(uri, ask, run, this.ended.signal);
    this.edits = new Edits(ask, this.ended.signal);
    this.files = new HostFiles(run);
  }

  /** A way to run many commands quickly, one after the other. Whoever opens it disposes of it. */
  pipedRun(): { readonly run: Run; dispose(): void } {
    const { program } = this.connection;
    return program === undefined
      ? { run: this.run, dispose: () => undefined }
      : new PipedRun(program, this.run, parallelRuns);
  }

  get state(): HostState {
    return this.current;
  }

  /** Whether the host is this machine, so that its files can be seen here. */
  get local(): boolean {
    return isLocal(this.uri);
  }

  /** Whether the program ssh reaches the host, and may have to ask something before it does. */
  get overSsh(): boolean {
    return isSsh(this.uri);
  }

  /** Calls the listener when the state has changed, until the returned function is called. */
  onDidChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells which pools, by UUID, somebody has open on the screen: what is in them is read before what is in others. */
  show(openPools: ReadonlySet<string>): void {
    this.openPools = openPools;
  }

  /** Starts the first reading where there was none; who wants to know its end listens. */
  open(): void {
    const { inventory, error } = this.current;
    if (inventory !== undefined || error !== undefined) return;
    if (!this.reading && this.waiting === undefined) void this.refresh();
  }

  /**
   * Reads the host: everything anew, or only what is new, gone, renamed or in another state. Never rejects: what went
   * wrong is in the state.
   * @param edits also reads the machines that were edited while they were off since this was last wished for
   */
  refresh(wish: 'all' | 'changes' = 'all', edits = false): Promise<HostState> {
    return this.ask({ ...nothing, edits, ...(wish === 'all' ? { all: true } : { names: true }) });
  }

  /** Reads exactly these objects again, after a change that touched them. Never rejects. */
  reread({ domains = [], volumes = [] }: Touched): Promise<HostState> {
    return this.ask({ ...nothing, domains, volumes });
  }

  /**
   * The newest inventory, read now, with all files that lie in the directories of the pools: what guards ask must not
   * miss an overlay that a pool has not seen.
   * @param signal gives up waiting for it
   * @throws CommandError where the host cannot be read
   */
  async inventory(signal?: AbortSignal): Promise<Inventory> {
    const { inventory, error } = await unlessAborted(
      this.ask({ ...nothing, thorough: true }),
      signal,
      () => new CommandError('cancelled', virsh(this.uri, 'list'), undefined, ''),
    );
    if (error !== undefined) throw error;
    if (inventory === undefined) throw new Error(`no inventory of ${this.uri}`);
    return inventory;
  }

  dispose(): void {
    this.ended.abort();
    this.listeners.clear();
    this.connection.dispose();
  }

  /**
   * One after the other: two readings at a time would take each other's older answers for newer ones. Whoever asks
   * while a reading waits for its turn shares it, and it then brings what all of them want: at most one runs and one
   * waits.
   */
  private ask(wish: Wish): Promise<HostState> {
    if (this.waiting !== undefined) {
      this.waiting.wish = both(this.waiting.wish, wish);
      return this.waiting.result;
    }
    const result = this.turn.then(() => {
      const wanted = this.waiting?.wish ?? wish;
      this.waiting = undefined;
      return this.fulfil(wanted);
    });
    this.waiting = { wish, result };
    this.turn = result;
    return result;
  }

  private async fulfil({ all, thorough, names, edits, domains, volumes }: Wish): Promise<HostState> {
    this.reading = true;
    try {
      // Who has not read the host yet reads these objects with all others.
      if (all || thorough || !this.complete) await this.read(true, thorough, edits);
      else {
        if (names) await this.read(false, false, edits);
        if (domains.length + volumes.length > 0) await this.readTouched(domains, volumes);
      }
      this.tell({ inventory: this.model.inventory(this.uri), error: undefined });
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.tell({ inventory: this.current.inventory, error: failure });
    } finally {
      this.reading = false;
    }
    return this.current;
  }

  private async read(all: boolean, thorough: boolean, edits: boolean): Promise<void> {
    const { model, reader } = this;
    const names = await reader.names();
    const stale = new Set(model.takeNames(names));
    // Names and states are on screen before the details are in.
    if (!this.complete) this.tell({ inventory: model.inventory(this.uri), error: undefined });

    const progress = this.progress();
    const edited = edits ? await this.edits.since() : new Set<string>();
    if (thorough) await reader.refreshPools(names.pools);
    const isMeant = (listed: ListedDomain) => stale.has(listed) || edited.has(listed.name);
    const [hidden] = await Promise.all([
      this.readOpenStorage(names, all, progress),
      reader.domains(all ? names.domains : names.domains.filter(isMeant), (domain) => {
        model.takeDomain(domain);
        progress();
      }),
    ]);
    await this.readInPortions(hidden, progress);
    if (all) model.takeSnapshots(await reader.snapshots([...names.keepers.snapshots]));
    else model.takeSnapshotsOf(await reader.snapshots(model.withUnreadSnapshots()));
    await this.readFiles(all);
    if (all) {
      const pools = new Set(model.allPools().map(({ uuid }) => uuid));
      reader.keepOnly(model.uuids, pools, new Set(model.allVolumes().map(({ path }) => path)));
    }
    this.complete = true;
  }

  /** What only this machine's file system knows: images outside all pools, and where links lead. */
  private async readFiles(all: boolean): Promise<void> {
    const changed = this.model.takeChangedFiles();
    if (!this.local || (changed === undefined && !all)) return;
    const again = all || changed === undefined ? 'all' : changed;
    this.model.takeFiles(await this.files.read(this.model.inventory(this.uri), again));
  }

  /**
   * Reads the pools, what they hold, and the volumes that somebody has open on the screen.
   * @returns the other volumes
   */
  private async readOpenStorage({ pools }: Names, all: boolean, progress: () => void): Promise<Listed> {
    const { model, reader } = this;
    await reader.pools(pools, (pool) => model.takePool(pool));
    const known = model.allPools();
    const doubtful = all ? known : await reader.changedPools(known, (uuid) => model.countOf(uuid));
    await this.readLists(doubtful);
    const { open, hidden } = this.sort(all ? model.allVolumes() : model.unreadVolumes());
    await this.readVolumes(open, progress);
    return hidden;
  }

  /** Reads volumes bit by bit: a pool that is opened meanwhile is next. */
  private async readInPortions(volumes: Listed, progress: () => void): Promise<void> {
    for (let rest = volumes; rest.length > 0;) {
      const { open, hidden } = this.sort(rest);
      const sorted = [...open, ...hidden];
      // When all has been read once, the screen shows it, and nobody waits for what has not changed.
      const size = this.complete ? sorted.length : this.local ? portions.here : portions.elsewhere;
      await this.readVolumes(sorted.slice(0, size), progress);
      rest = sorted.slice(size);
    }
  }

  private sort(volumes: Listed): { open: Listed; hidden: Listed } {
    const paths = this.model.pathsIn(this.openPools);
    return {
      open: volumes.filter(({ path }) => paths.has(path)),
      hidden: volumes.filter(({ path }) => !paths.has(path)),
    };
  }

  private async readLists(pools: readonly PoolFacts[], careful?: ReadonlySet<string>) {
    return this.model.takeLists(await this.reader.volumeLists(pools, careful));
  }

  private async readVolumes(listed: Listed, progress: () => void): Promise<void> {
    const missing: string[] = [];
    await this.reader.volumes(listed, (volume, gone) => {
      // What no table helped to read before, none will.
      if (gone && !this.model.isUnreadable(volume.path)) missing.push(volume.path);
      this.model.takeVolume(volume);
      progress();
    });
    if (missing.length === 0) return;
    // The quick list named something that is not there, so that pool's own table is asked once; what it names and
    // cannot be read either stays as a volume that says so.
    const doubtful = this.model.allPools().filter(({ uuid }) => this.model.lists(uuid, missing));
    for (const path of missing) this.model.forgetVolume(path);
    const fresh = await this.readLists(doubtful, new Set(doubtful.map(({ uuid }) => uuid)));
    await this.reader.volumes(fresh, (volume) => this.model.takeVolume(volume));
  }

  private async readTouched(domains: readonly string[], volumes: readonly string[]): Promise<void> {
    const { model, reader } = this;
    const found = await reader.find(domains);
    for (const [word, domain] of found) {
      if (domain === 'gone') model.forgetDomain(word);
      else if (domain === 'unknown') model.doubtDomain(word);
      else model.takeFound(domain);
    }
    // Why they cannot be read, or that the whole host cannot, the lists tell.
    if ([...found.values()].includes('unknown')) await this.read(false, false, false);
    // No list of all domains is asked for: that would take longer than all the rest.
    const there = [...found.values()].flatMap((one) => (typeof one === 'string' ? [] : [one.domain.uuid]));
    model.takeSnapshotsOf(await reader.snapshots(there));
    // The space left in their pools has changed too.
    await reader.pools(model.poolsAround(volumes), (pool) => model.takePool(pool));
    const listed = volumes.map((path) => ({ path, name: posix.basename(path) }));
    await reader.volumes(listed, (volume, gone) => {
      if (gone) {
        model.forgetVolume(volume.path);
        return;
      }
      model.takeVolume(volume);
      model.listVolume(volume.path);
    });
    await this.readFiles(false);
  }

  /** Tells those who watch the first reading of what has arrived, now and then. */
  private progress(): () => void {
    if (this.complete) return () => undefined;
    let last = performance.now();
    return () => {
      if (performance.now() - last < progressMs) return;
      last = performance.now();
      this.tell({ inventory: this.model.inventory(this.uri), error: undefined });
    };
  }

  private tell(state: HostState): void {
    if (this.ended.signal.aborted) return;
    const { inventory, error } = this.current;
    if (inventory === state.inventory && error === state.error) return;
    this.current = state;
    for (const listener of this.listeners) listener();
  }
}

function both(one: Wish, other: Wish): Wish {
  return {
    all: one.all || other.all,
    thorough: one.thorough || other.thorough,
    names: one.names || other.names,
    edits: one.edits || other.edits,
    domains: [...new Set([...one.domains, ...other.domains])],
    volumes: [...new Set([...one.volumes, ...other.volumes])],
  };
}

/** @throws the error as soon as the signal is aborted, whatever becomes of the promise */
async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  error: () => Error,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(error());
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
