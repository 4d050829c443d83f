import * as vscode from 'vscode';
import { snapshotLook } from '../explorer/snapshotLook';
import { pick } from '../flows/ask';
import { findDomain, freshTarget, type Target } from '../flows/targets';
import type { Domain, Snapshot } from '../host/domain';
import { findSnapshot } from '../plan/changeSnapshot';
import { isNode } from './arguments';
import type { Deps } from './command';
import { namedDomainTarget } from './domainTarget';

/** A snapshot and the machine that has it. */
export interface Kept {
  readonly domain: Domain;
  readonly snapshot: Snapshot;
}

/** The arguments of commands on a snapshot. */
export const snapshotShape = {
  host: 'string',
  domain: 'string',
  snapshot: 'string',
  preview: 'boolean',
} as const;

/** The snapshot a command is about: that of its node, the one its argument names, or the one a person picks. */
export async function snapshotTarget(
  deps: Deps,
  argument: unknown,
  given: { readonly host?: string; readonly domain?: string; readonly snapshot?: string } | undefined,
  title: string,
): Promise<Target<Kept>> {
  if (isNode(argument) && argument.kind === 'snapshot') {
    const { domain, snapshot } = argument;
    return freshTarget(argument.host, (lineage) => {
      const now = findDomain(lineage, domain.uuid);
      return { domain: now, snapshot: findSnapshot(now, snapshot.name) };
    });
  }
  const target = await namedDomainTarget(deps, argument, given, title, 'snapshots');
  const domain = target.subject;
  const snapshot =
    given?.snapshot === undefined ? await askSnapshot(title, domain) : findSnapshot(domain, given.snapshot);
  return { ...target, subject: { domain, snapshot } };
}

async function askSnapshot(title: string, domain: Domain): Promise<Snapshot> {
  const options = (domain.baggage?.snapshots ?? []).map((snapshot) => {
    const { label, description } = snapshotLook(snapshot, vscode.env.language);
    return { label, description, detail: snapshot.description ?? '', value: snapshot };
  });
  return pick(title, vscode.l10n.t('Snapshot of {0}', domain.name), options);
}
