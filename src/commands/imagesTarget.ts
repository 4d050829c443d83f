import type { Node } from '../explorer/node';
import { askDomain, findDomain, findVolume, freshTarget, hostOf, type Target } from '../flows/targets';
import type { Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { isNode } from './arguments';
import type { Deps } from './command';
import { selectedNodes } from './domainTarget';
import { volumeOf } from './subject';

/** The argument of commands that give images another base. */
export const newBaseShape = {
  host: 'string',
  domain: 'string',
  volume: 'string',
  base: 'string',
  preview: 'boolean',
} as const;

/** Machines and volumes that a command on images is about, by UUID and path: to be found again in a newer reading. */
export interface Meant {
  readonly domains: readonly string[];
  readonly volumes: readonly string[];
}

/** What is meant, as a reading shows it. */
export interface Found {
  readonly domains: readonly Domain[];
  readonly volumes: readonly Volume[];
}

/**
 * What a command on images is about: the nodes it was called on, of one host, what its argument names, or the machine a
 * person picks.
 */
export async function imagesTarget(
  { hosts }: Deps,
  argument: unknown,
  selection: readonly Node[] = [],
  given: { readonly host?: string; readonly domain?: string; readonly volume?: string } | undefined,
  title: string,
): Promise<Target<Meant>> {
  if (isNode(argument)) {
    const nodes = selectedNodes(argument, selection);
    const domains = nodes.flatMap((node) => (node.kind === 'domain' ? [node.domain.uuid] : []));
    const volumes = nodes.flatMap((node) => volumeOf(node)?.path ?? []);
    if (domains.length + volumes.length > 0) {
      const meant = { domains: [...new Set(domains)], volumes: [...new Set(volumes)] };
      return freshTarget(argument.host, () => meant);
    }
  }
  const host = given?.host;
  if (given?.volume !== undefined) {
    const volumes = [given.volume];
    return freshTarget(await hostOf(hosts, host), () => ({ domains: [], volumes }));
  }
  if (given?.domain !== undefined) {
    const { domain } = given;
    return freshTarget(await hostOf(hosts, host), (lineage) => ({
      domains: [findDomain(lineage, domain).uuid],
      volumes: [],
    }));
  }
  const asked = await askDomain(hosts, title, 'any');
  return { ...asked, subject: { domains: [asked.subject.uuid], volumes: [] } };
}

export function foundIn(lineage: Lineage, { domains, volumes }: Meant): Found {
  return {
    domains: domains.map((uuid) => findDomain(lineage, uuid)),
    volumes: volumes.map((path) => findVolume(lineage, path)),
  };
}
