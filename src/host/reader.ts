import * as l10n from '@vscode/l10n';
import { runBatch, type Reply } from './batch';
import { quoteForVirsh } from './commandLine';
import {
  domainStates,
  isActive,
  parseDomain,
  unreadableDomain,
  type Disk,
  type Domain,
  type DomainState,
  type DomainStatus,
} from './domain';
import { cause, CommandError, failureKind } from './errors';
import { keeperCommands, keepersIn, readSnapshots, type Keepers } from './baggage';
import type { Snapshot } from './domain';
import type { Network } from './network';
import { holdsFiles, parseCompletions, parsePool, parseVolumeList, type Pool } from './pool';
import { Parsed } from './parsed';
import type { Run } from './process';
import { parseVolume, unreadableVolume, type Volume } from './volume';

/** What is asked of all questions a reading puts at once. */
export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; the connection's own limit unless told. */
  readonly timeoutMs?: number;
  /** Called with each reply as it arrives, so that parsing is spread out and nothing holds the event loop. */
  readonly onReply?: (reply: Reply, index: number) => void;
}

/** Puts virsh commands to a host; the replies come in their order. Rejects where the host cannot be reached. */
export type AskAll = (commands: readonly string[], options?: AskOptions) => Promise<readonly Reply[]>;

/** A domain as the lists of virsh show it, before its definition is read. */
export interface ListedDomain extends DomainStatus {
  readonly uuid: string;
  readonly name: string;
}

/** A pool without its volumes. */
export type PoolFacts = Omit<Pool, 'volumes'>;

/** Names and states of everything but volumes: six commands, whatever the size of the host. */
export interface Names {
  readonly domains: readonly ListedDomain[];
  readonly pools: readonly Pick<Pool, 'uuid' | 'name' | 'active'>[];
  readonly networks: readonly Network[];
  /** The domains that have more than a definition, by UUID. */
  readonly keepers: Keepers;
}

/** Where a volume is, before it is read. */
export type ListedVolume = Pick<Volume, 'name' | 'path'>;

// What takes no time on any host that works: who does not answer by then, hangs. A daemon that is stopped accepts
// connections all the same, and says nothing.
const quickLimitMs = 15_000;

// With more volumes a process that lists them all in one round trip is quicker.
const smallPool = 60;

/** Puts questions to one host and makes typed objects of the answers. */
export class Reader {
  private readonly definitions = new Parsed((xml) => parseDomain(xml, unknownStatus));
  private readonly nextDefinitions = new Parsed((xml) => parseDomain(xml, unknownStatus));
  private readonly volumeTexts = new Parsed(parseVolume);
  /** The tables of pools' volumes, as they were printed. */
  private readonly tables = new Map<string, string>();

  constructor(
    private readonly uri: string,
    private readonly ask: AskAll,
    private readonly run: Run,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws CommandError */
  async names(): Promise<Names> {
    const [domains, transient, states, pools, activePools, networks, activeNetworks, ...kept] =
      await this.ask(
        [
          'list --all --uuid --name',
          'list --all --transient --uuid',
          'domstats --state',
          'pool-list --all --uuid --name',
          'pool-list --uuid',
          'net-list --all --name',
          'net-list --name',
          ...keeperCommands,
        ],
        { signal: this.signal, timeoutMs: quickLimitMs },
      );
    const stateOf = statesByName(states);
    const fleeting = new Set(lines(transient));
    const active = new Set(lines(activePools));
    const running = new Set(lines(activeNetworks));
    return {
      domains: uuidsAndNames(domains).map(({ uuid, name }) => ({
        uuid,
        name,
        state: stateOf.get(name) ?? 'nostate',
        persistent: !fleeting.has(uuid),
      })),
      // Unlike the list of domains, that of pools is padded.
      pools: uuidsAndNames(pools).map(({ uuid, name }) => ({
        uuid,
        name: name.replace(/ +$/, ''),
        active: active.has(uuid),
      })),
      networks: lines(networks).map((name) => ({ name, active: running.has(name) })),
      keepers: keepersIn(kept),
    };
  }

  /** Reads definitions; what cannot be read becomes a domain that says so. */
  async domains(listed: readonly ListedDomain[], onDomain: (domain: Domain) => void): Promise<void> {
    const nextDisks = await this.nextDisks(listed);
    await this.each(
      listed,
      ({ uuid }) => `dumpxml --domain ${uuid}`,
      (reply, { uuid, name, ...status }) => {
        const domain = readOr(
          reply,
          (xml) => withStatus(this.definitions.of(uuid, xml), status),
          (problem) => unreadableDomain(uuid, name, status, problem),
        );
        const disks = nextDisks.get(uuid);
        onDomain(disks === undefined ? domain : { ...domain, nextDisks: disks });
      },
    );
  }

  /** The disks that machines which run will have after their next start, by UUID. */
  private async nextDisks(listed: readonly ListedDomain[]): Promise<ReadonlyMap<string, readonly Disk[]>> {
    const running = listed.filter((domain) => domain.persistent && isActive(domain));
    const found = new Map<string, readonly Disk[]>();
    await this.each(
      running,
      ({ uuid }) => `dumpxml --inactive --domain ${uuid}`,
      (reply, { uuid }) => {
        const definition = readOr(
          reply,
          (xml) => this.nextDefinitions.of(uuid, xml),
          () => undefined,
        );
        if (definition !== undefined) found.set(uuid, definition.disks);
      },
    );
    return found;
  }

  /** Which domains have more than a definition. */
  async keepers(): Promise<Keepers> {
    return keepersIn(await this.ask(keeperCommands, { signal: this.signal, timeoutMs: quickLimitMs }));
  }

  /** The snapshots of these domains, by UUID. */
  async snapshots(uuids: readonly string[]): Promise<ReadonlyMap<string, readonly Snapshot[]>> {
    return readSnapshots(uuids, (commands) => this.ask(commands, { signal: this.signal }));
  }

  /** Forgets what was read of all others. */
  keepOnly(domains: ReadonlySet<string>, volumes: ReadonlySet<string>): void {
    this.definitions.keepOnly(domains);
    this.nextDefinitions.keepOnly(domains);
    this.volumeTexts.keepOnly(volumes);
  }

  /** Has libvirt look for files in the directories of its pools; a pool that is busy keeps what it knows. */
  async refreshPools(pools: readonly Pick<Pool, 'uuid' | 'active'>[]): Promise<void> {
    await this.each(
      pools.filter(({ active }) => active),
      ({ uuid }) => `pool-refresh --pool ${uuid}`,
      () => undefined,
    );
  }

  /** Reads pools; what cannot be read becomes a pool that says so. */
  async pools(listed: Names['pools'], onPool: (pool: PoolFacts) => void): Promise<void> {
    await this.each(
      listed,
      ({ uuid }) => `pool-dumpxml --pool ${uuid}`,
      (reply, { uuid, name, active }) =>
        onPool({
          ...readOr(reply, parsePool, (problem) => unreadablePool(uuid, name, problem)),
          active,
        }),
      quickLimitMs,
    );
  }

  /**
   * The volumes of each active pool, by UUID. virsh's completion gives the names of a pool in one round trip where
   * `vol-list` takes one for each volume; it is meant for shells, so the table stays the answer where it fails, and for
   * pools whose volumes are no files below a directory.
   * @param careful take the table for these pools: their completions did not hold
   */
  async volumeLists(
    pools: readonly PoolFacts[],
    careful: ReadonlySet<string> = new Set(),
  ): Promise<ReadonlyMap<string, readonly ListedVolume[]>> {
    const active = pools.filter((pool) => pool.active);
    const quick = active.filter(
      (pool) => holdsFiles(pool) && pool.path !== undefined && !careful.has(pool.uuid),
    );
    const completed = await this.completions(quick);
    const rest = active.filter((pool) => !completed.has(pool.uuid));
    const tables = new Map<string, readonly ListedVolume[]>();
    await this.each(
      rest,
      ({ uuid }) => `vol-list --pool ${uuid}`,
      (reply, { uuid }) => tables.set(uuid, parseVolumeList(reply.stdout)),
    );
    return new Map([...completed, ...tables]);
  }

  /**
   * Of these pools those that may have other volumes than when this was last asked. A small pool is told by its table,
   * which costs a round trip for each volume but no process; of the others nothing is known.
   * @param count how many volumes a pool had
   */
  async changedPools(
    pools: readonly PoolFacts[],
    count: (uuid: string) => number | undefined,
  ): Promise<readonly PoolFacts[]> {
    const active = pools.filter((pool) => pool.active);
    const isSmall = ({ uuid }: PoolFacts) => (count(uuid) ?? Infinity) <= smallPool;
    const unchanged = new Set<string>();
    await this.each(
      active.filter(isSmall),
      ({ uuid }) => `vol-list --pool ${uuid}`,
      ({ stdout, stderr }, { uuid }) => {
        if (stderr === '' && this.tables.get(uuid) === stdout) unchanged.add(uuid);
        this.tables.set(uuid, stdout);
      },
      quickLimitMs,
    );
    return active.filter(({ uuid }) => !unchanged.has(uuid));
  }

  /** Reads volumes; what cannot be read becomes a volume that says so, what is gone is told apart. */
  async volumes(
    listed: readonly ListedVolume[],
    onVolume: (volume: Volume, gone: boolean) => void,
  ): Promise<void> {
    await this.each(
      listed,
      ({ path }) => `vol-dumpxml --vol ${quoteForVirsh(path)}`,
      (reply, { name, path }) =>
        onVolume(
          readOr(
            reply,
            (xml) => this.volumeTexts.of(path, xml),
            (problem) => unreadableVolume(name, path, problem),
          ),
          isGone(reply),
        ),
    );
  }

  /** Domains by name or UUID, with their states; undefined for those the host does not know (any more). */
  async find(words: readonly string[]): Promise<ReadonlyMap<string, Domain | undefined>> {
    const commands = words.flatMap((word) => [
      `dominfo --domain ${quoteForVirsh(word)}`,
      `domstats --state --domain ${quoteForVirsh(word)}`,
    ]);
    const replies = await this.ask(commands, { signal: this.signal, timeoutMs: quickLimitMs });
    const uuids = new Map<string, string>();
    const listed = new Map<string, ListedDomain>();
    words.forEach((word, index) => {
      const [{ stdout: info } = { stdout: '' }, stats] = replies.slice(2 * index);
      const uuid = fieldOf(info, 'UUID');
      if (uuid === undefined) return;
      const [[name = word, state = 'nostate'] = []] = statesByName(stats);
      const persistent = fieldOf(info, 'Persistent') === 'yes';
      uuids.set(word, uuid);
      listed.set(uuid, { uuid, name, state, persistent });
    });
    const found = new Map<string, Domain>();
    await this.domains([...listed.values()], (domain) => found.set(domain.uuid, domain));
    return new Map(words.map((word) => [word, found.get(uuids.get(word) ?? '')]));
  }

  private async completions(pools: readonly PoolFacts[]): Promise<Map<string, readonly ListedVolume[]>> {
    if (pools.length === 0) return new Map();
    try {
      const commands = pools.map(
        ({ name }) => `complete -- vol-dumpxml --pool ${quoteForVirsh(name)} --vol ''`,
      );
      const replies = await runBatch(this.run, this.uri, commands, {
        signal: this.signal,
        timeoutMs: quickLimitMs,
      });
      const lists = pools.map(({ uuid, path = '' }, index) => {
        return [uuid, parseCompletions(replies[index]?.stdout ?? '', path)] as const;
      });
      // A completion that failed is silent. Nothing may be taken for empty that is not: dependants would be missed.
      return new Map(lists.filter(([, volumes]) => volumes.length > 0));
    } catch (error) {
      // A virsh without this command voids the whole batch; one that is ended is told by the table that follows.
      if (error instanceof CommandError) return new Map();
      throw error;
    }
  }

  private async each<T>(
    items: readonly T[],
    command: (item: T) => string,
    onReply: (reply: Reply, item: T) => void,
    timeoutMs?: number,
  ): Promise<void> {
    if (items.length === 0) return;
    await this.ask(items.map(command), {
      signal: this.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onReply: (reply, index) => {
        const item = items[index];
        if (item !== undefined) onReply(reply, item);
      },
    });
  }
}

// What a definition does not say is added to what was parsed.
const unknownStatus: DomainStatus = { state: 'nostate', persistent: true };

function withStatus(domain: Domain, { state, persistent }: DomainStatus): Domain {
  return { ...domain, state, persistent };
}

function unreadablePool(uuid: string, name: string, problem: string): Omit<PoolFacts, 'active'> {
  return { uuid, name, type: 'dir', path: undefined, capacity: 0, allocation: 0, available: 0, problem };
}

function isGone({ stdout, stderr }: Reply): boolean {
  return stdout.trim() === '' && failureKind(stderr) === 'gone';
}

function readOr<T, U>(
  reply: Reply | undefined,
  parse: (xml: string) => T,
  otherwise: (problem: string) => U,
): T | U {
  try {
    return parse(reply?.stdout ?? '');
  } catch (error) {
    const said = cause(reply?.stderr ?? '');
    return otherwise(
      said === '' ? l10n.t('libvirt sent something that cannot be read: {0}', String(error)) : said,
    );
  }
}

function lines(reply: Reply | undefined): string[] {
  return (reply?.stdout ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** `list --uuid --name` prints 36 characters, a blank and the name, then padding (pools) or the end of the line. */
function uuidsAndNames(reply: Reply | undefined): { uuid: string; name: string }[] {
  return (reply?.stdout ?? '').split('\n').flatMap((line) => {
    const match = /^([0-9a-f-]{36}) (.*)$/s.exec(line);
    return match === null ? [] : [{ uuid: match[1] ?? '', name: match[2] ?? '' }];
  });
}

/** What `dominfo` says of something: on a line of its own, which only a line feed ends. */
function fieldOf(info: string, name: string): string | undefined {
  const line = info.split('\n').find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** `domstats --state` prints `Domain: 'NAME'` and below it `state.state=N`. */
function statesByName(reply: Reply | undefined): Map<string, DomainState> {
  const states = new Map<string, DomainState>();
  let name = '';
  for (const line of (reply?.stdout ?? '').split('\n')) {
    name = /^Domain: '(.*)'$/s.exec(line)?.[1] ?? name;
    const number = /^ {2}state\.state=(\d+)$/.exec(line)?.[1];
    if (number !== undefined) states.set(name, domainStates[Number(number)] ?? 'nostate');
  }
  return states;
}
