import type { Reply } from './batch';
import { keeperCommands, keepersIn, type Keepers } from './baggage';
import { virsh } from './commandLine';
import { domainStates, type DomainState, type DomainStatus } from './domain';
import { CommandError, failureKind } from './errors';
import type { Network } from './network';
import type { Pool } from './pool';
import { saysFailure } from './stderr';

/** A domain as the lists of virsh show it, before its definition is read. */
export interface ListedDomain extends DomainStatus {
  readonly uuid: string;
  readonly name: string;
}

/** Names and states of everything but volumes: a dozen commands, whatever the size of the host. */
export interface Names {
  readonly domains: readonly ListedDomain[];
  readonly pools: readonly Pick<Pool, 'uuid' | 'name' | 'active'>[];
  readonly networks: readonly Network[];
  /** The domains that have more than a definition, by UUID. */
  readonly keepers: Keepers;
}

// Without these nothing is known of a host: who took a list that failed for an empty one would miss dependants.
const listCommands = [
  'list --all --uuid --name',
  'list --all --transient --uuid',
  'domstats --state',
  'pool-list --all --uuid --name',
  'pool-list --uuid',
];

// The daemon of the networks may be another one, and may be missing.
const networkCommands = ['net-list --all --name', 'net-list --name'];

/** What is asked for names and states. */
export const nameCommands: readonly string[] = [...listCommands, ...keeperCommands, ...networkCommands];

/**
 * What the replies to `nameCommands` say.
 * @throws CommandError where a list failed
 */
export function namesIn(replies: readonly Reply[], uri: string): Names {
  nameCommands.forEach((command, index) => {
    if (!networkCommands.includes(command)) checkList(replies[index], command, uri);
  });
  const [domains, transient, states, pools, activePools] = replies;
  const kept = replies.slice(listCommands.length, -networkCommands.length);
  const [networks, activeNetworks] = replies.slice(-networkCommands.length);
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

/** Of what a connection's driver does not know at all, it has none; so it is with a filter that virsh does not know. */
function checkList(reply: Reply | undefined, command: string, uri: string): void {
  const stderr = reply?.stderr ?? '';
  const kind = failureKind(stderr);
  const none = keeperCommands.includes(command)
    ? kind === 'unsupported'
    : stderr.includes('not supported by the connection driver');
  if (saysFailure(stderr) && !none) throw new CommandError(kind, virsh(uri, command), undefined, stderr);
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

/** `domstats --state` prints `Domain: 'NAME'` and below it `state.state=N`. */
export function statesByName(reply: Reply | undefined): Map<string, DomainState> {
  const states = new Map<string, DomainState>();
  let name = '';
  for (const line of (reply?.stdout ?? '').split('\n')) {
    name = /^Domain: '(.*)'$/s.exec(line)?.[1] ?? name;
    const number = /^ {2}state\.state=(\d+)$/.exec(line)?.[1];
    if (number !== undefined) states.set(name, domainStates[Number(number)] ?? 'nostate');
  }
  return states;
}
