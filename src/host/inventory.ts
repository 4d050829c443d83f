import * as l10n from '@vscode/l10n';
import { runBatch, type Reply } from './batch';
import { quoteForVirsh } from './commandLine';
import {
  domainStates,
  parseDomain,
  unreadableDomain,
  type Domain,
  type DomainState,
  type DomainStatus,
} from './domain';
import { cause } from './errors';
import type { Network } from './network';
import { parsePool, parseVolumeList, type Pool } from './pool';
import type { Run } from './process';
import { parseVolume, unreadableVolume, type Volume } from './volume';

/** Everything a host shows, at one moment. Nothing in it is ever changed: the next reading makes a new one. */
export interface Inventory {
  readonly uri: string;
  readonly pools: readonly Pool[];
  readonly domains: readonly Domain[];
  readonly networks: readonly Network[];
}

/**
 * Reads a host in three rounds of batched virsh commands: names, definitions, volumes.
 * What cannot be read alone becomes an object that says so; only a host that cannot be reached is an error.
 * @throws CommandError
 */
export async function readInventory(run: Run, uri: string, signal?: AbortSignal): Promise<Inventory> {
  const batch = (commands: readonly string[]) =>
    runBatch(run, uri, commands, signal === undefined ? {} : { signal });

  const [domainNames, persistent, states, allPools, activePools, allNetworks, activeNetworks] = await batch([
    'list --all --uuid --name',
    'list --all --persistent --uuid',
    'domstats --state',
    'pool-list --all --uuid --name',
    'pool-list --uuid',
    'net-list --all --name',
    'net-list --name',
  ]);
  const domains = uuidsAndNames(domainNames);
  // Unlike the list of domains, that of pools is padded.
  const pools = uuidsAndNames(allPools).map(({ uuid, name }) => ({ uuid, name: name.trimEnd() }));
  const active = new Set(lines(activePools));

  const definitions = await batch([
    ...domains.map(({ uuid }) => `dumpxml --domain ${uuid}`),
    ...pools.map(({ uuid }) => `pool-dumpxml --pool ${uuid}`),
    ...pools.map(({ uuid }) => (active.has(uuid) ? `vol-list --pool ${uuid}` : 'echo')),
  ]);
  const poolDefinitions = definitions.slice(domains.length);
  const volumeLists = poolDefinitions.splice(pools.length).map((reply) => parseVolumeList(reply.stdout));

  const volumes = await readVolumes(batch, volumeLists.flat());
  const stateOf = statesByName(states);
  const kept = new Set(lines(persistent));
  const running = new Set(lines(activeNetworks));
  return {
    uri,
    domains: domains.map(({ uuid, name }, index) =>
      readDomain(definitions[index], uuid, name, {
        state: stateOf.get(name) ?? 'nostate',
        persistent: kept.has(uuid),
      }),
    ),
    pools: pools.map(({ uuid, name }, index) => ({
      ...readPool(poolDefinitions[index], uuid, name),
      active: active.has(uuid),
      volumes: (volumeLists[index] ?? []).flatMap(({ path }) => volumes.get(path) ?? []),
    })),
    networks: lines(allNetworks).map((name) => ({ name, active: running.has(name) })),
  };
}

async function readVolumes(
  batch: (commands: readonly string[]) => Promise<Reply[]>,
  found: readonly { name: string; path: string }[],
): Promise<Map<string, Volume>> {
  const replies = await batch(found.map(({ path }) => `vol-dumpxml --vol ${quoteForVirsh(path)}`));
  return new Map(
    found.map(({ name, path }, index) => [
      path,
      readOr(replies[index], parseVolume, (problem) => unreadableVolume(name, path, problem)),
    ]),
  );
}

function readDomain(reply: Reply | undefined, uuid: string, name: string, status: DomainStatus): Domain {
  return readOr(
    reply,
    (xml) => parseDomain(xml, status),
    (problem) => unreadableDomain(uuid, name, status, problem),
  );
}

function readPool(reply: Reply | undefined, uuid: string, name: string): Omit<Pool, 'active' | 'volumes'> {
  return readOr(reply, parsePool, (problem) => ({
    uuid,
    name,
    type: 'dir',
    path: undefined,
    capacity: 0,
    allocation: 0,
    available: 0,
    problem,
  }));
}

function readOr<T>(
  reply: Reply | undefined,
  parse: (xml: string) => T,
  otherwise: (problem: string) => T,
): T {
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
    const match = /^([0-9a-f-]{36}) (.*)$/.exec(line);
    return match === null ? [] : [{ uuid: match[1] ?? '', name: match[2] ?? '' }];
  });
}

/** `domstats --state` prints `Domain: 'NAME'` and below it `state.state=N`. */
function statesByName(reply: Reply | undefined): Map<string, DomainState> {
  const states = new Map<string, DomainState>();
  let name = '';
  for (const line of (reply?.stdout ?? '').split('\n')) {
    name = /^Domain: '(.*)'$/.exec(line)?.[1] ?? name;
    const number = /^ {2}state\.state=(\d+)$/.exec(line)?.[1];
    if (number !== undefined) states.set(name, domainStates[Number(number)] ?? 'nostate');
  }
  return states;
}
