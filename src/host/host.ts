import { readInventory, type Inventory } from './inventory';
import type { Run } from './process';

/** What is known of a host: its last good inventory, and what went wrong since, if anything. */
export interface HostState {
  readonly inventory: Inventory | undefined;
  readonly error: Error | undefined;
}

/** One libvirt host: keeps its newest inventory and tells who listens when it changed. */
export class Host {
  private current: HostState = { inventory: undefined, error: undefined };
  private reading: Promise<HostState> | undefined;
  private again: Promise<HostState> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly ended = new AbortController();

  constructor(
    readonly uri: string,
    readonly run: Run,
  ) {}

  get state(): HostState {
    return this.current;
  }

  /** Whether the host is this machine, so that its files can be seen here. */
  get local(): boolean {
    return !/^[a-z0-9]+\+(ssh|tls|tcp|libssh2?|ext):/.test(this.uri);
  }

  /** Calls the listener after each reading, until the returned function is called. */
  onDidChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Reads the host anew. Whoever asks while a reading is under way shares one further reading, which starts when that
   * one has ended: at most one runs and one waits. Never rejects: what went wrong is in the state.
   */
  refresh(): Promise<HostState> {
    if (this.reading === undefined) {
      this.reading = this.read().finally(() => (this.reading = undefined));
      return this.reading;
    }
    this.again ??= this.reading.then(() => {
      this.again = undefined;
      return this.refresh();
    });
    return this.again;
  }

  /**
   * The newest inventory, read now.
   * @throws CommandError where the host cannot be read
   */
  async inventory(): Promise<Inventory> {
    const { inventory, error } = await this.refresh();
    if (error !== undefined) throw error;
    if (inventory === undefined) throw new Error(`no inventory of ${this.uri}`);
    return inventory;
  }

  dispose(): void {
    this.ended.abort();
    this.listeners.clear();
  }

  private async read(): Promise<HostState> {
    try {
      this.current = {
        inventory: await readInventory(this.run, this.uri, this.ended.signal),
        error: undefined,
      };
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.current = { inventory: this.current.inventory, error: failure };
    }
    for (const listener of this.listeners) listener();
    return this.current;
  }
}
