import { isLocal } from './commandLine';
import type { Inventory } from './inventory';
import { readLooseImages, readRealPaths } from './looseImages';
import { Model } from './model';
import type { Run } from './process';
import { Reader, type AskAll, type Names, type PoolFacts } from './reader';
import { isSsh } from './uri';

/** What is known of a host: its last good inventory, and what went wrong since, if anything. */
export interface HostState {
  readonly inventory: Inventory | undefined;
  readonly error: Error | undefined;
}

/** How a host is asked: by a few persistent sessions. */
export interface Connection {
  readonly askAll: AskAll;
  dispose(): void;
}

/** Objects that a change has touched: domains by name or UUID, volumes by path. */
export interface Touched {
  readonly domains?: readonly string[];
  readonly volumes?: readonly string[];
}

// While details arrive, those who watch are told of them this often (milliseconds), not for each object.
const progressMs = 250;

/** One libvirt host: keeps its newest inventory and tells who listens when it changed. */
export class Host {
  private current: HostState = { inventory: undefined, error: undefined };
  private readonly model = new Model();
  private readonly reader: Reader;
  private readonly listeners = new Set<() => void>();
  private readonly ended = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();
  private reading = false;
  /** Whether everything has been read once: until then, guards must not trust what is not there. */
  private complete = false;
  private readonly waiting = new Map<'all' | 'changes', Promise<HostState>>();

  constructor(
    readonly uri: string,
    readonly run: Run,
    private readonly connection: Connection,
  ) {
    this.reader = new Reader(uri, connection.askAll, run, this.ended.signal);
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

  /** Calls the listener after each reading, until the returned function is called. */
  onDidChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Starts the first reading where there was none; who wants to know its end listens. */
  open(): void {
    const { inventory, error } = this.current;
    if (inventory !== undefined || error !== undefined) return;
    if (!this.reading && this.waiting.size === 0) void this.refresh();
  }

  /**
   * Reads the host: everything anew, or only what is new, gone, renamed or in another state. Whoever asks while a
   * reading waits for its turn shares it: at most one runs and one waits. Never rejects: what went wrong is in the
   * state.
   */
  refresh(wish: 'all' | 'changes' = 'all'): Promise<HostState> {
    const what = this.complete ? wish : 'all';
    const waiting = this.waiting.get('all') ?? this.waiting.get(what);
    if (waiting !== undefined) return waiting;
    const reading = this.inTurn(() => {
      this.waiting.delete(what);
      return this.read(what === 'all');
    });
    this.waiting.set(what, reading);
    return reading;
  }

  /** Reads exactly these objects again, after a change that touched them. Never rejects. */
  reread(touched: Touched): Promise<HostState> {
    // Who has not read the host yet will read these objects with all others.
    return this.inTurn(() => (this.complete ? this.readTouched(touched) : this.read(true)));
  }

  /**
   * The newest inventory, read now, with all files that lie in the directories of the pools: what guards ask must not
   * miss an overlay that a pool has not seen.
   * @throws CommandError where the host cannot be read
   */
  async inventory(): Promise<Inventory> {
    const { inventory, error } = await this.inTurn(() => this.read(true, true));
    if (error !== undefined) throw error;
    if (inventory === undefined) throw new Error(`no inventory of ${this.uri}`);
    return inventory;
  }

  dispose(): void {
    this.ended.abort();
    this.listeners.clear();
    this.connection.dispose();
  }

  /** One after the other: two readings at a time would take each other's older answers for newer ones. */
  private inTurn(job: () => Promise<void>): Promise<HostState> {
    const result = this.turn.then(async () => {
      this.reading = true;
      try {
        await job();
        this.tell({ inventory: this.model.inventory(this.uri), error: undefined });
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.tell({ inventory: this.current.inventory, error: failure });
      } finally {
        this.reading = false;
      }
      return this.current;
    });
    this.turn = result;
    return result;
  }

  private async read(all: boolean, thorough = false): Promise<void> {
    const { model, reader } = this;
    const names = await reader.names();
    const stale = model.takeNames(names);
    // Names and states are on screen before the details are in.
    if (!this.complete) this.tell({ inventory: model.inventory(this.uri), error: undefined });

    const progress = this.progress();
    if (thorough) await reader.refreshPools(names.pools);
    await Promise.all([
      reader.domains(all ? names.domains : stale, (domain) => {
        model.takeDomain(domain);
        progress();
      }),
      this.readStorage(names, all, progress),
    ]);
    for (const [uuid, disks] of await reader.nextDisks(names.domains)) model.takeNextDisks(uuid, disks);
    if (this.local) await this.readFiles();
    this.complete = true;
  }

  /** What only this machine's file system knows: images outside all pools, and where links lead. */
  private async readFiles(): Promise<void> {
    const before = this.model.inventory(this.uri);
    const volumes = before.pools.flatMap((pool) => pool.volumes);
    const known = new Set(volumes.map(({ path }) => path));
    const sources = before.domains.flatMap(({ disks, nextDisks = [] }) => [...disks, ...nextDisks]);
    const files = sources.flatMap(({ source, device }) =>
      device === 'disk' && source !== undefined ? [source] : [],
    );
    const loose = await readLooseImages([...new Set(files)], (path) => known.has(path), this.run);
    const backing = [...volumes, ...loose].flatMap((volume) => volume.backing?.path ?? []);
    this.model.takeFiles(loose, await readRealPaths([...known, ...files, ...backing]));
  }

  private async readStorage({ pools }: Names, all: boolean, progress: () => void): Promise<void> {
    const { model, reader } = this;
    await reader.pools(pools, (pool) => model.takePool(pool));
    const fresh = await this.readLists(model.allPools());
    await this.readVolumes(all ? model.allVolumes() : fresh, progress);
  }

  private async readLists(pools: readonly PoolFacts[], careful?: ReadonlySet<string>) {
    return this.model.takeLists(await this.reader.volumeLists(pools, careful));
  }

  private async readVolumes(listed: Parameters<Reader['volumes']>[0], progress: () => void): Promise<void> {
    const missing: string[] = [];
    await this.reader.volumes(listed, (volume, gone) => {
      if (gone) missing.push(volume.path);
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

  private async readTouched({ domains = [], volumes = [] }: Touched): Promise<void> {
    const { model, reader } = this;
    const found = await reader.find(domains);
    for (const [word, domain] of found) {
      if (domain === undefined) model.forgetDomain(word);
      else model.takeDomain(domain);
    }
    // The space left in their pools has changed too.
    await reader.pools(model.poolsAround(volumes), (pool) => model.takePool(pool));
    const listed = volumes.map((path) => ({ path, name: path.slice(path.lastIndexOf('/') + 1) }));
    await reader.volumes(listed, (volume, gone) => {
      if (gone) {
        model.forgetVolume(volume.path);
        return;
      }
      model.takeVolume(volume);
      model.listVolume(volume.path);
    });
    if (this.local) await this.readFiles();
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
    this.current = state;
    for (const listener of this.listeners) listener();
  }
}
