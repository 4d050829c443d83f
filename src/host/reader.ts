import * as l10n from '@vscode/l10n';
import { runBatch, type Reply } from './batch';
import { readSnapshots } from './baggage';
import { quoteForVirsh } from './commandLine';
import {
  isActive,
  parseDomain,
  unreadableDomain,
  type Domain,
  type DomainState,
  type DomainStatus,
  type Snapshot,
} from './domain';
import { cause, CommandError, failureKind } from './errors';
import { samePath, sameUuid } from './identity';
import { nameCommands, namesIn, statesByName, type ListedDomain, type Names } from './names';
import { completesTo, holdsFiles, parseCompletions, parsePool, parseVolumeList, type Pool } from './pool';
import { Parsed } from './parsed';
import type { Run } from './process';
import { saysFailure } from './stderr';
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

/** A pool without its volumes. */
export type PoolFacts = Omit<Pool, 'volumes'>;

/** Where a volume is, before it is read. */
export type ListedVolume = Pick<Volume, 'name' | 'path'>;

/** Which volumes pools have, by their UUIDs. */
export interface VolumeLists {
  readonly lists: ReadonlyMap<string, readonly ListedVolume[]>;
  /** Why others could not be listed: nothing is known of their volumes. */
  readonly problems: ReadonlyMap<string, string>;
}

/** A domain that was asked for by itself, with what its definition does not say; undefined where libvirt does not tell. */
export interface FoundDomain {
  readonly domain: Domain;
  readonly autostart: boolean | undefined;
  readonly managedSave: boolean | undefined;
}

// What takes no time on any host that works: who does not answer by then, hangs. A daemon that is stopped accepts
// connections all the same, and says nothing.
const quickLimitMs = 15_000;

// With more volumes a process that lists them all in one round trip is quicker.
const smallPool = 60;

type NextDisks = Partial<Pick<Domain, 'nextDisks' | 'problem'>>;

/** Puts questions to one host and makes typed objects of the answers. */
export class Reader {
  private readonly definitions = new Parsed((xml) => parseDomain(xml, unknownStatus));
  private readonly nextDefinitions = new Parsed((xml) => parseDomain(xml, unknownStatus));
  private readonly volumeTexts = new Parsed(parseVolume);
  /** The tables of pools' volumes, as they were printed. */
  private readonly tables = new Map<string, string>();
  /** The volumes of pools with line breaks in their names, which completions do not tell. */
  private readonly broken = new Map<string, readonly ListedVolume[]>();

  constructor(
    private readonly uri: string,
    private readonly ask: AskAll,
    private readonly run: Run,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws CommandError also where one of the lists failed */
  async names(): Promise<Names> {
    const options = { signal: this.signal, timeoutMs: quickLimitMs };
    return namesIn(await this.ask(nameCommands, options), this.uri);
  }

  /**
   * Reads definitions, in this order; what cannot be read becomes a domain that says so. The disks that a machine which
   * runs will have after its next start are read along with it.
   */
  async domains(listed: readonly ListedDomain[], onDomain: (domain: Domain) => void): Promise<void> {
    const read = new Map<string, Domain>();
    const nextDisks = new Map<string, NextDisks>();
    const questions = listed.flatMap((domain) => {
      const runs = domain.persistent && isActive(domain);
      return runs
        ? [
            { domain, next: false },
            { domain, next: true },
          ]
        : [{ domain, next: false }];
    });
    const running = new Set(questions.flatMap(({ domain, next }) => (next ? [domain.uuid] : [])));
    await this.each(
      questions,
      ({ domain: { uuid }, next }) => `dumpxml ${next ? '--inactive ' : ''}--domain ${uuid}`,
      (reply, { domain: { uuid, name, ...status }, next }) => {
        if (next) nextDisks.set(uuid, this.nextDisksIn(reply, uuid));
        else
          read.set(
            uuid,
            readOr(
              reply,
              (xml) => withStatus(sameUuid(this.definitions.of(uuid, xml), uuid), status),
              (problem) => unreadableDomain(uuid, name, status, problem),
            ),
          );
        const domain = read.get(uuid);
        if (domain === undefined || (running.has(uuid) && !nextDisks.has(uuid))) return;
        const after = nextDisks.get(uuid) ?? {};
        onDomain({ ...domain, ...after, problem: domain.problem ?? after.problem });
      },
    );
  }

  /** The disks that a machine which runs will have after its next start, or why these cannot be read. */
  private nextDisksIn(reply: Reply, uuid: string): NextDisks {
    return readOr<NextDisks, NextDisks>(
      reply,
      (xml) => ({ nextDisks: sameUuid(this.nextDefinitions.of(uuid, xml), uuid).disks }),
      (problem) => ({ problem }),
    );
  }

  /** The snapshots of these domains, by UUID. */
  async snapshots(uuids: readonly string[]): Promise<ReadonlyMap<string, readonly Snapshot[]>> {
    return readSnapshots(uuids, (commands) => this.ask(commands, { signal: this.signal }));
  }

  /** Forgets what was read of all others. */
  keepOnly(domains: ReadonlySet<string>, pools: ReadonlySet<string>, volumes: ReadonlySet<string>): void {
    this.definitions.keepOnly(domains);
    this.nextDefinitions.keepOnly(domains);
    this.volumeTexts.keepOnly(volumes);
    for (const map of [this.tables, this.broken])
      for (const uuid of map.keys()) if (!pools.has(uuid)) map.delete(uuid);
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
          ...readOr(
            reply,
            (xml) => sameUuid(parsePool(xml), uuid),
            (problem) => unreadablePool(uuid, name, problem),
          ),
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
  ): Promise<VolumeLists> {
    const active = pools.filter((pool) => pool.active);
    const quick = active.filter(
      (pool) => holdsFiles(pool) && pool.path !== undefined && !careful.has(pool.uuid),
    );
    const lists = await this.completions(quick);
    const problems = new Map<string, string>();
    await this.each(
      active.filter((pool) => !lists.has(pool.uuid)),
      ({ uuid }) => `vol-list --pool ${uuid}`,
      ({ stdout, stderr }, { uuid }) => {
        if (saysFailure(stderr)) {
          problems.set(uuid, cause(stderr));
          return;
        }
        const list = parseVolumeList(stdout);
        lists.set(uuid, list);
        if (list.some(({ name }) => name.includes('\n'))) this.broken.set(uuid, list);
      },
    );
    return { lists, problems };
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
        if (saysFailure(stderr)) {
          this.tables.delete(uuid);
          return;
        }
        if (this.tables.get(uuid) === stdout) unchanged.add(uuid);
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
            (xml) => samePath(this.volumeTexts.of(path, xml), path),
            (problem) => unreadableVolume(name, path, problem),
          ),
          isGone(reply),
        ),
    );
  }

  /** Domains by name or UUID, with their states, each under the word that it was asked for with. */
  async find(words: readonly string[]): Promise<ReadonlyMap<string, FoundDomain | 'gone' | 'unknown'>> {
    const commands = words.flatMap((word) => [
      `dominfo --domain ${quoteForVirsh(word)}`,
      `domstats --state --domain ${quoteForVirsh(word)}`,
    ]);
    const replies = await this.ask(commands, { signal: this.signal, timeoutMs: quickLimitMs });
    const infos = new Map<string, DomainInfo>();
    const found = new Map<string, FoundDomain | 'gone' | 'unknown'>();
    words.forEach((word, index) => {
      const [info, stats] = replies.slice(2 * index);
      const uuid = fieldOf(info?.stdout ?? '', 'UUID');
      const [state] = statesByName(stats);
      if (uuid !== undefined && state !== undefined)
        infos.set(word, { uuid, state, info: info?.stdout ?? '' });
      else found.set(word, info !== undefined && isGone(info) ? 'gone' : 'unknown');
    });
    const listed = [...infos.values()].map(({ uuid, state: [name, state], info }) => ({
      uuid,
      name,
      state,
      persistent: fieldOf(info, 'Persistent') === 'yes',
    }));
    const domains = new Map<string, Domain>();
    await this.domains(listed, (domain) => domains.set(domain.uuid, domain));
    for (const [word, { uuid, info }] of infos) {
      const domain = domains.get(uuid);
      const baggage = {
        autostart: flagOf(info, 'Autostart', 'enable'),
        managedSave: flagOf(info, 'Managed save', 'yes'),
      };
      found.set(word, domain === undefined ? 'unknown' : { domain, ...baggage });
    }
    return found;
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
        const volumes = parseCompletions(replies[index]?.stdout ?? '', path);
        const known = this.broken.get(uuid);
        return [uuid, known !== undefined && completesTo(known, volumes) ? known : volumes] as const;
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

/** What `dominfo` and `domstats` say of a domain. */
interface DomainInfo {
  readonly uuid: string;
  readonly state: readonly [name: string, state: DomainState];
  readonly info: string;
}

/** What `dominfo` says of something: on a line of its own, which only a line feed ends. */
function fieldOf(info: string, name: string): string | undefined {
  const line = info.split('\n').find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** Whether `dominfo` says `yes` to something; undefined where it says neither that nor the contrary. */
function flagOf(info: string, name: string, yes: 'enable' | 'yes'): boolean | undefined {
  const said = fieldOf(info, name);
  return said === undefined || said === 'unknown' ? undefined : said === yes;
}
