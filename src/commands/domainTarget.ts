import type { Domain } from '../host/domain';
import { askDomain, findDomain, freshTarget, hostOf, type Target } from '../flows/targets';
import { isNode, readArguments } from './arguments';
import type { Deps } from './command';

/**
 * The virtual machine a command is about: that of the node it was called on, the one its argument names, or the one a
 * person picks; always as its host shows it now.
 */
export async function domainTarget(
  { hosts }: Deps,
  argument: unknown,
  title: string,
  which: 'running' | 'off' | 'any',
): Promise<Target<Domain>> {
  if (isNode(argument) && argument.kind === 'domain') {
    return freshTarget(argument.host, (lineage) => findDomain(lineage, argument.domain.uuid));
  }
  const { host, domain } = readArguments(argument, { host: 'string', domain: 'string' }) ?? {};
  if (domain === undefined) return askDomain(hosts, title, which);
  return freshTarget(await hostOf(hosts, host), (lineage) => findDomain(lineage, domain));
}
