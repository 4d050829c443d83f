import * as vscode from 'vscode';
import type { Node } from '../explorer/node';
import type { Domain } from '../host/domain';
import { askDomain, findDomain, freshTarget, hostOf, type Target, type Which } from '../flows/targets';
import { Refusal } from '../plan/plan';
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

/**
 * The same for a command that works on several at once: those of all nodes that are selected.
 * @param given its argument, where that has more keys
 */
export async function domainsTarget(
  deps: Deps,
  argument: unknown,
  selection: readonly Node[] | undefined,
  title: string,
  which: Which,
  given = readArguments(argument, { host: 'string', domain: 'string' }),
): Promise<Target<readonly Domain[]>> {
  const nodes = selectedNodes(argument, selection);
  if (!isNode(argument) || nodes.length < 2) {
    const target = await namedDomainTarget(deps, argument, given, title, which);
    return { ...target, subject: [target.subject] };
  }
  const uuids = nodes.map((node) => domainOf(node)?.uuid);
  return freshTarget(argument.host, (lineage) =>
    [...new Set(uuids)].map((uuid) => {
      if (uuid !== undefined) return findDomain(lineage, uuid);
      throw new Refusal(vscode.l10n.t('Select nothing but virtual machines.'));
    }),
  );
}

/**
 * The nodes a command is about: those that are selected, if the one it was called on is among them.
 * @throws Refusal where they are on several hosts
 */
export function selectedNodes(argument: unknown, selection: readonly Node[] = []): readonly Node[] {
  if (!isNode(argument)) return [];
  const nodes = selection.includes(argument) ? selection : [argument];
  if (nodes.every(({ host }) => host === argument.host)) return nodes;
  throw new Refusal(vscode.l10n.t('Select what is on one host only.'));
}

/** @throws Refusal where several nodes are selected and the command is for one */
export function mustBeAlone(argument: unknown, selection: readonly Node[] | undefined): void {
  if (selectedNodes(argument, selection).length > 1)
    throw new Refusal(vscode.l10n.t('This is done with one virtual machine at a time. Select just one.'));
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
