import * as vscode from 'vscode';
import { config } from '../config';
import { isActive, type Domain } from '../host/domain';
import type { Host } from '../host/host';
import type { Network } from '../host/network';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Hosts } from '../hosts';
import { sizeText } from '../words/size';
import { stateWord } from '../words/words';
import { lineageOf, type Lineage } from '../lineage/lineage';
import { templateReason, templatesOf } from '../lineage/template';
import { findNetwork } from '../plan/network';
import { Refusal } from '../plan/plan';
import type { Option } from './ask';
import { patiently } from './patiently';
import { pickAcrossHosts } from './pickAcrossHosts';

/** What a command is about, with the state of the host it was found in. */
export interface Target<T> {
  readonly host: Host;
  readonly lineage: Lineage;
  readonly subject: T;
}

/** Asks for a template of any host. */
export function askTemplate(hosts: Hosts, title: string): Promise<Target<Domain>> {
  return ask(
    hosts,
    title,
    vscode.l10n.t('Template to clone'),
    vscode.l10n.t(
      'There is no template. Switch a machine off and choose "Convert to Template…" in its menu to make it one.',
    ),
    (lineage) =>
      templatesOf(lineage, config.templateNamePattern).map((domain) => domainOption(domain, lineage)),
    sameDomain,
  );
}

/**
 * Machines in one state or of one kind, or any: `running` are all that have a process, also while they are paused; `awake` are those that
 * are not. Or such as have something.
 */
export type Which =
  | ('running' | 'awake' | 'paused' | 'off' | 'clone' | 'template' | 'any')
  | ('saved' | 'withHost' | 'notWithHost' | 'snapshots');

const isOne: Readonly<Record<Which, (domain: Domain, lineage: Lineage) => boolean>> = {
  running: isActive,
  awake: (domain) => isActive(domain) && domain.state !== 'paused',
  paused: ({ state }) => state === 'paused',
  off: (domain) => !isActive(domain),
  clone: (domain, lineage) => lineage.parentOf(domain) !== undefined,
  template: (domain, lineage) => templateReason(domain, lineage, config.templateNamePattern) !== undefined,
  saved: ({ baggage }) => baggage?.managedSave === true,
  withHost: ({ baggage }) => baggage?.autostart === true,
  notWithHost: ({ baggage, persistent }) => persistent && baggage?.autostart !== true,
  snapshots: ({ baggage }) => (baggage?.snapshots.length ?? 0) > 0,
  any: () => true,
};

/** Asks for a virtual machine of any host that the command could act on. */
export function askDomain(hosts: Hosts, title: string, which: Which): Promise<Target<Domain>> {
  return ask(
    hosts,
    title,
    vscode.l10n.t('Virtual machine'),
    vscode.l10n.t('There is no virtual machine for this.'),
    (lineage) =>
      lineage.inventory.domains
        .filter((domain) => isOne[which](domain, lineage))
        .map((domain) => domainOption(domain, lineage)),
    sameDomain,
  );
}

/** Asks for what can be deleted: machines that are off, and below them the volumes that no machine uses. */
export function askDomainOrVolume(hosts: Hosts, title: string): Promise<Target<Domain | Volume>> {
  return ask<Domain | Volume>(
    hosts,
    title,
    vscode.l10n.t('Virtual machine or volume'),
    vscode.l10n.t('There is no virtual machine for this.'),
    (lineage) => [
      ...lineage.inventory.domains
        .filter((domain) => !isActive(domain))
        .map((domain) => domainOption(domain, lineage)),
      ...volumeOptions(lineage, ({ path }) => lineage.usersOf(path).length === 0),
    ],
    (lineage, subject) =>
      'uuid' in subject ? findDomain(lineage, subject.uuid) : findVolume(lineage, subject.path),
  );
}

/** Asks for a volume of any host, of those that are meant. Media are never disks. */
export function askVolume(
  hosts: Hosts,
  title: string,
  isMeant: (volume: Volume, lineage: Lineage) => boolean = () => true,
): Promise<Target<Volume>> {
  return ask(
    hosts,
    title,
    vscode.l10n.t('Volume'),
    vscode.l10n.t('There is no volume for this.'),
    (lineage) => volumeOptions(lineage, (volume) => volume.format !== 'iso' && isMeant(volume, lineage)),
    (lineage, volume) => findVolume(lineage, volume.path),
  );
}

/** Asks for a network of any host, of those that are meant. */
export function askNetwork(
  hosts: Hosts,
  title: string,
  isMeant: (network: Network) => boolean,
): Promise<Target<Network>> {
  return ask(
    hosts,
    title,
    vscode.l10n.t('Network'),
    vscode.l10n.t('There is no network for this.'),
    ({ inventory }) =>
      inventory.networks.filter(isMeant).map((network) => ({ label: network.name, value: network })),
    (lineage, { name }) => findNetwork(lineage, name),
  );
}

/** The host with this URI, or the first one. */
export async function hostOf(hosts: Hosts, uri: string | undefined): Promise<Host> {
  const all = await hosts.all();
  const host = uri === undefined ? all[0] : all.find((candidate) => candidate.uri === uri);
  if (host !== undefined) return host;
  throw new Refusal(
    vscode.l10n.t('The host {0} is not in the settings. Add it to "libvirt.hosts".', uri ?? ''),
  );
}

/**
 * The target a node or a script names, with what its host says now.
 * @throws Cancelled where that took long and a person gave it up
 */
export async function freshTarget<T>(host: Host, find: (lineage: Lineage) => T): Promise<Target<T>> {
  const title = vscode.l10n.t('Reading {0}', host.uri);
  const lineage = lineageOf(await patiently(title, (signal) => host.inventory(signal)));
  return { host, lineage, subject: find(lineage) };
}

/** The lineage of what is known of a host right now, without asking it. */
export function currentLineage({ uri, state }: Host): Lineage {
  return lineageOf(state.inventory ?? { uri, pools: [], domains: [], networks: [] });
}

/**
 * A domain by its name or UUID.
 * @throws Refusal if there is none
 */
export function findDomain(lineage: Lineage, word: string): Domain {
  const { domains, uri } = lineage.inventory;
  const domain = lineage.domain(word) ?? domains.find(({ name }) => name === word);
  if (domain !== undefined) return domain;
  throw new Refusal(vscode.l10n.t('There is no virtual machine "{0}" on {1}.', word, uri));
}

/**
 * A volume by its path.
 * @throws Refusal if no active pool knows it
 */
export function findVolume(lineage: Lineage, path: string): Volume {
  const volume = lineage.volume(path);
  if (volume !== undefined) return volume;
  throw new Refusal(
    vscode.l10n.t('No active storage pool of {0} has a volume {1}.', lineage.inventory.uri, path),
  );
}

function sameDomain(lineage: Lineage, { uuid }: Domain): Domain {
  return findDomain(lineage, uuid);
}

function domainOption(domain: Domain, lineage: Lineage): Option<Domain> {
  const parent = lineage.parentOf(domain);
  return {
    label: domain.name,
    description: stateWord(domain.state),
    ...(parent === undefined ? {} : { detail: vscode.l10n.t('Linked clone of {0}', parent.name) }),
    value: domain,
  };
}

function volumeOptions(lineage: Lineage, isMeant: (volume: Volume) => boolean): Option<Volume>[] {
  return lineage.inventory.pools
    .flatMap((pool) => pool.volumes)
    .filter(({ type }) => type === 'file' || type === 'block')
    .filter(isMeant)
    .map((volume) => ({
      label: volume.name,
      description: [volume.format, sizeText(volume.capacity, vscode.env.language)].join(' · '),
      detail: volume.path,
      value: volume,
    }));
}

/** @param again finds the same subject in what its host says now: while a question is open, much may happen */
async function ask<T>(
  hosts: Hosts,
  title: string,
  placeHolder: string,
  none: string,
  optionsOf: (lineage: Lineage) => readonly Option<T>[],
  again: (lineage: Lineage, subject: T) => T,
): Promise<Target<T>> {
  const { host, subject } = await pickAcrossHosts(await hosts.all(), { title, placeHolder, none }, optionsOf);
  return freshTarget(host, (lineage) => again(lineage, subject));
}

/**
 * A pool by its name.
 * @throws Refusal if there is none
 */
export function findPool(lineage: Lineage, name: string): Pool {
  const pool = lineage.inventory.pools.find((candidate) => candidate.name === name);
  if (pool !== undefined) return pool;
  throw new Refusal(vscode.l10n.t('There is no storage pool "{0}" on {1}.', name, lineage.inventory.uri));
}

/** A pool that was chosen earlier, as a newer reading shows it. */
export function samePool(pool: Pool | undefined, { inventory }: Lineage): Pool | undefined {
  return pool === undefined ? undefined : inventory.pools.find(({ uuid }) => uuid === pool.uuid);
}
