import { virsh } from './commandLine';
import { CommandError } from './errors';
import { pause } from './pause';
import type { Run } from './process';

/** An address of a guest's network interface. */
export interface GuestAddress {
  readonly interface: string;
  readonly mac: string;
  readonly protocol: 'ipv4' | 'ipv6';
  /** Without its prefix length. */
  readonly address: string;
}

/**
 * Where libvirt learns of addresses: the leases of its own DHCP servers, the guest agent, and the host's ARP table, which
 * also knows bridged guests once they have talked to the host. No other libvirt tool asks all three.
 */
const sources = ['lease', 'agent', 'arp'] as const;

/**
 * The addresses of a running domain from which the host may reach it, the likeliest first: IPv4 before IPv6, and what
 * only holds on its own link or machine not at all. Empty while none is known.
 * @param domain name or UUID
 * @throws CommandError where no source can be asked at all
 */
export async function readAddresses(domain: string, uri: string, run: Run): Promise<GuestAddress[]> {
  const answers = await Promise.allSettled(
    sources.map((source) => run(virsh(uri, 'domifaddr', '--domain', domain, '--full', '--source', source))),
  );
  // A guest without an agent or a lease is no failure, as long as another source has answered.
  const [failure] = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as unknown] : [],
  );
  if (answers.every(({ status }) => status === 'rejected') && failure instanceof CommandError) throw failure;
  const found = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? parseAddresses(answer.value.stdout) : [],
  );
  const unique = new Map(found.filter(isReachable).map((address) => [address.address, address]));
  return [...unique.values()].sort((a, b) => a.protocol.localeCompare(b.protocol));
}

/** How long an address is waited for. */
export interface AddressPatience {
  readonly limitMs: number;
  readonly pauseMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** Told before each further look what part of the time has passed since it was last told. */
  readonly onLook?: (passed: number) => void;
}

/**
 * The same, waited for: a guest that has just been started has none yet. Empty where none came in time, or nobody
 * wanted to wait any longer.
 * @throws CommandError as `readAddresses` does, so also where the domain is switched off meanwhile
 */
export async function firstAddresses(
  domain: string,
  uri: string,
  run: Run,
  { limitMs, pauseMs = 2000, signal, onLook }: AddressPatience,
): Promise<GuestAddress[]> {
  const begun = performance.now();
  for (let last = begun; ;) {
    const addresses = await readAddresses(domain, uri, run);
    const now = performance.now();
    if (addresses.length > 0 || now - begun >= limitMs || signal?.aborted === true) return addresses;
    onLook?.((now - last) / limitMs);
    last = now;
    await pause(pauseMs, signal);
  }
}

/**
 * Reads the table that `virsh domifaddr --full` prints: ` Name  MAC address  Protocol  Address/prefix`. A name may hold
 * blanks, where a guest's agent gives it; the other columns hold none.
 */
export function parseAddresses(table: string): GuestAddress[] {
  return table.split('\n').flatMap((line) => {
    const [, name, mac, protocol, address] =
      /^\s*(.+?)\s+(-|[0-9a-f:]{17}|N\/A)\s+(ipv4|ipv6)\s+([0-9a-f.:]+)(?:\/\d+)?\s*$/i.exec(line) ?? [];
    if (name === undefined || mac === undefined || address === undefined) return [];
    return [{ interface: name, mac, protocol: protocol === 'ipv6' ? 'ipv6' : 'ipv4', address }];
  });
}

function isReachable({ address }: GuestAddress): boolean {
  return !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address);
}
