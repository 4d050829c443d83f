import * as vscode from 'vscode';
import { askDomain, findDomain, findPool, findVolume, freshTarget, hostOf } from '../flows/targets';
import { virsh, type CommandSpec } from '../host/commandLine';
import type { Host } from '../host/host';
import type { Lineage } from '../lineage/lineage';
import { findNetwork } from '../plan/network';
import { findSnapshot } from '../plan/changeSnapshot';
import { isNode, readArguments } from './arguments';
import type { Command, Deps } from './command';
import { onReplaced } from '../documents/onReplaced';

/** What has XML: how it is called, how virsh prints it, and the object that is replaced when it has changed. */
interface Described {
  readonly title: string;
  readonly spec: CommandSpec;
  readonly find: (lineage: Lineage) => unknown;
}

/**
 * *Show XML*: what libvirt says of a machine, a snapshot, a pool, a volume or a network, kept up to date while it is open. Of a machine that
 * runs it is what is in force now; with `inactive`, what will be after its next start.
 */
export const showXml: Command = async (deps, argument) => {
  const { host, described } = await subject(deps, argument);
  const read = async () => (await host.run(described.spec)).stdout;
  const text = await read();
  await deps.documents.show(described.title, 'xml', text, {
    read,
    onDidChange: (listener) => onReplaced(host, described.find, listener),
  });
  return { text };
};

async function subject({ hosts }: Deps, argument: unknown): Promise<{ host: Host; described: Described }> {
  if (isNode(argument)) {
    const { host } = argument;
    if (argument.kind === 'domain') return { host, described: await ofDomain(host, argument.domain.uuid) };
    if (argument.kind === 'snapshot')
      return { host, described: await ofSnapshot(host, argument.domain.uuid, argument.snapshot.name) };
    if (argument.kind === 'pool') return { host, described: await ofPool(host, argument.pool.name) };
    if (argument.kind === 'network') return { host, described: await ofNetwork(host, argument.network.name) };
    if (argument.kind === 'volume') return { host, described: await ofVolume(host, argument.volume.path) };
  }
  const shape = {
    host: 'string',
    domain: 'string',
    snapshot: 'string',
    pool: 'string',
    volume: 'string',
    network: 'string',
    inactive: 'boolean',
  } as const;
  const {
    host: uri,
    domain,
    snapshot,
    pool,
    volume,
    network,
    inactive = false,
  } = readArguments(argument, shape) ?? {};
  if ([domain, pool, volume, network].every((word) => word === undefined)) {
    const target = await askDomain(hosts, vscode.l10n.t('Show XML'), 'any');
    return { host: target.host, described: await ofDomain(target.host, target.subject.uuid, inactive) };
  }
  const host = await hostOf(hosts, uri);
  if (domain !== undefined && snapshot !== undefined)
    return { host, described: await ofSnapshot(host, domain, snapshot) };
  if (domain !== undefined) return { host, described: await ofDomain(host, domain, inactive) };
  if (pool !== undefined) return { host, described: await ofPool(host, pool) };
  if (network !== undefined) return { host, described: await ofNetwork(host, network) };
  return { host, described: await ofVolume(host, volume ?? '') };
}

async function ofDomain(host: Host, word: string, inactive = false): Promise<Described> {
  const { subject: domain } = await freshTarget(host, (lineage) => findDomain(lineage, word));
  const options = ['--domain', domain.uuid, ...(inactive ? ['--inactive'] : [])];
  return {
    title: inactive
      ? vscode.l10n.t('XML of {0} after its next start', domain.name)
      : vscode.l10n.t('XML of {0}', domain.name),
    spec: virsh(host.uri, 'dumpxml', ...options),
    find: (lineage) => lineage.domain(domain.uuid),
  };
}

async function ofSnapshot(host: Host, word: string, name: string): Promise<Described> {
  const { subject: domain } = await freshTarget(host, (lineage) => findDomain(lineage, word));
  findSnapshot(domain, name);
  return {
    title: vscode.l10n.t('XML of the snapshot {0} of {1}', name, domain.name),
    spec: virsh(host.uri, 'snapshot-dumpxml', '--domain', domain.uuid, '--snapshotname', name),
    find: (lineage) => lineage.domain(domain.uuid)?.baggage?.snapshots.find((one) => one.name === name),
  };
}

async function ofPool(host: Host, name: string): Promise<Described> {
  await freshTarget(host, (lineage) => findPool(lineage, name));
  return {
    title: vscode.l10n.t('XML of the pool {0}', name),
    spec: virsh(host.uri, 'pool-dumpxml', '--pool', name),
    find: (lineage) => findPool(lineage, name),
  };
}

async function ofVolume(host: Host, path: string): Promise<Described> {
  const { subject: volume } = await freshTarget(host, (lineage) => findVolume(lineage, path));
  return {
    title: vscode.l10n.t('XML of the volume {0}', volume.name),
    spec: virsh(host.uri, 'vol-dumpxml', '--vol', path),
    find: (lineage) => lineage.volume(path),
  };
}

async function ofNetwork(host: Host, name: string): Promise<Described> {
  await freshTarget(host, (lineage) => findNetwork(lineage, name));
  return {
    title: vscode.l10n.t('XML of the network {0}', name),
    spec: virsh(host.uri, 'net-dumpxml', '--network', name),
    find: (lineage) => findNetwork(lineage, name),
  };
}
