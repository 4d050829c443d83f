import * as vscode from 'vscode';
import { backingChainText } from '../documents/backingChain';
import { askDomain, findDomain, findVolume, freshTarget, hostOf, type Target } from '../flows/targets';
import type { Hosts } from '../hosts';
import type { Lineage } from '../lineage/lineage';
import { isNode, readArguments } from './arguments';
import type { Command } from './command';

interface Images {
  readonly name: string;
  readonly paths: readonly string[];
}

/** *Show Backing Chain*: a document with every level below the images of a machine, or below a volume. */
export const showBackingChain: Command = async ({ hosts, documents }, argument) => {
  const { host, lineage, subject } = await imagesTarget(hosts, argument);
  const title = vscode.l10n.t('Backing chain of {0}', subject.name);
  const text = await backingChainText(title, subject.paths, host, lineage);
  await documents.show(title, 'md', text);
  return { text };
};

async function imagesTarget(hosts: Hosts, argument: unknown): Promise<Target<Images>> {
  if (isNode(argument) && argument.kind === 'domain') {
    return freshTarget(argument.host, (lineage) => ofDomain(lineage, argument.domain.uuid));
  }
  if (isNode(argument) && argument.kind === 'volume') {
    return freshTarget(argument.host, (lineage) => ofVolume(lineage, argument.volume.path));
  }
  const shape = { host: 'string', domain: 'string', volume: 'string' } as const;
  const { host: uri, domain, volume } = readArguments(argument, shape) ?? {};
  if (volume !== undefined)
    return freshTarget(await hostOf(hosts, uri), (lineage) => ofVolume(lineage, volume));
  if (domain !== undefined)
    return freshTarget(await hostOf(hosts, uri), (lineage) => ofDomain(lineage, domain));
  const target = await askDomain(hosts, vscode.l10n.t('Show Backing Chain'), 'any');
  return { ...target, subject: ofDomain(target.lineage, target.subject.uuid) };
}

function ofDomain(lineage: Lineage, word: string): Images {
  const domain = findDomain(lineage, word);
  return { name: domain.name, paths: lineage.imagesOf(domain) };
}

function ofVolume(lineage: Lineage, path: string): Images {
  const { name } = findVolume(lineage, path);
  return { name, paths: [path] };
}
