import type { Domain } from '../host/domain';
import { askDomain, findDomain, freshTarget, hostOf, type Target, type Which } from '../flows/targets';
import { isNode, readArguments } from './arguments';
import type { Deps } from './command';
import { domainOf } from './subject';

/**
 * The virtual machine a command is about: that of the node it was called on, the one its argument names, or the one a
 * person picks; always as its host shows it now.
 */
export function domainTarget(
  deps: Deps,
  argument: unknown,
  title: string,
  which: Which,
): Promise<Target<Domain>> {
  const given = readArguments(argument, { host: 'string', domain: 'string' });
  return namedDomainTarget(deps, argument, given, title, which);
}

/** The same for a command whose argument has more keys, which it has read itself. */
export async function namedDomainTarget(
  { hosts }: Deps,
  argument: unknown,
  given: { readonly host?: string; readonly domain?: string } | undefined,
  title: string,
  which: Which,
): Promise<Target<Domain>> {
  const meant = isNode(argument) ? domainOf(argument) : undefined;
  if (isNode(argument) && meant !== undefined) {
    return freshTarget(argument.host, (lineage) => findDomain(lineage, meant.uuid));
  }
  const word = given?.domain;
  if (word === undefined) return askDomain(hosts, title, which);
  return freshTarget(await hostOf(hosts, given?.host), (lineage) => findDomain(lineage, word));
}
