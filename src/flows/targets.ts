import * as vscode from 'vscode';
import { config } from '../config';
import { isActive, type Domain } from '../host/domain';
import type { Host } from '../host/host';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Hosts } from '../hosts';
import { sizeText } from '../words/size';
import { stateWord } from '../words/words';
import { Lineage } from '../lineage/lineage';
import { templatesOf } from '../lineage/template';
import { Refusal } from '../plan/plan';
import { pick, type Option } from './ask';

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
    vscode.l10n.t('There is no template. Switch a machine off and make its images read-only to make it one.'),
    (lineage) =>
      templatesOf(lineage, config.templateNamePattern).map((domain) => domainOption(domain, lineage)),
  );
}

/** Asks for a virtual machine of any host that the command could act on. */
export function askDomain(
  hosts: Hosts,
  title: string,
  which: 'running' | 'off' | 'any',
): Promise<Target<Domain>> {
  return ask(
    hosts,
    title,
    vscode.l10n.t('Virtual machine'),
    vscode.l10n.t('There is no virtual machine for this.'),
    (lineage) =>
      lineage.inventory.domains
        .filter((domain) => which === 'any' || isActive(domain) === (which === 'running'))
        .map((domain) => domainOption(domain, lineage)),
  );
}

/** Asks for a volume of any host that could be a base or be imported. */
export function askVolume(hosts: Hosts, title: string): Promise<Target<Volume>> {
  return ask(
    hosts,
    title,
    vscode.l10n.t('Volume'),
    vscode.l10n.t('There is no volume for this.'),
    (lineage) =>
      lineage.inventory.pools.flatMap((pool) =>
        pool.volumes
          .filter((volume) => volume.type === 'file' || volume.type === 'block')
          .map((volume) => ({
            label: volume.name,
            description: [volume.format, sizeText(volume.capacity, vscode.env.language)].join(' · '),
            detail: volume.path,
            value: volume,
          })),
      ),
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

/** The target a node or a script names, with what its host says now. */
export async function freshTarget<T>(host: Host, find: (lineage: Lineage) => T): Promise<Target<T>> {
  const lineage = new Lineage(await host.inventory());
  return { host, lineage, subject: find(lineage) };
}

/** The lineage of what is known of a host right now, without asking it. */
export function currentLineage({ uri, state }: Host): Lineage {
  return new Lineage(state.inventory ?? { uri, pools: [], domains: [], networks: [] });
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

function domainOption(domain: Domain, lineage: Lineage): Option<Domain> {
  const parent = lineage.parentOf(domain);
  return {
    label: domain.name,
    description: stateWord(domain.state),
    ...(parent === undefined ? {} : { detail: vscode.l10n.t('Linked clone of {0}', parent.name) }),
    value: domain,
  };
}

async function ask<T>(
  hosts: Hosts,
  title: string,
  placeHolder: string,
  none: string,
  optionsOf: (lineage: Lineage) => readonly Option<T>[],
): Promise<Target<T>> {
  const all = await hosts.all();
  const found = await Promise.all(
    all.map(async (host) => {
      const { inventory, error } = await host.refresh();
      // One host that cannot be read does not hide the others; with only that one, its trouble is the answer.
      if (error !== undefined && all.length === 1) throw error;
      if (inventory === undefined) return [];
      const lineage = new Lineage(inventory);
      return optionsOf(lineage).map((option) => ({
        ...option,
        ...(all.length > 1 ? { detail: [option.detail, host.uri].filter(Boolean).join(' · ') } : {}),
        value: { host, lineage, subject: option.value },
      }));
    }),
  );
  if (found.flat().length === 0) throw new Refusal(none);
  return pick(title, placeHolder, found.flat());
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
