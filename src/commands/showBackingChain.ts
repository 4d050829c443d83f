import * as vscode from 'vscode';
import { backingChainText } from '../documents/backingChain';
import { readArguments } from './arguments';
import type { Command } from './command';
import { foundIn, imagesTarget } from './imagesTarget';

const shape = { host: 'string', domain: 'string', volume: 'string' } as const;

/** *Show Backing Chain*: a document with every level below the images of a machine, or below a volume. */
export const showBackingChain: Command = async (deps, argument) => {
  const given = readArguments(argument, shape);
  const action = vscode.l10n.t('Show Backing Chain');
  const { host, lineage, subject } = await imagesTarget(deps, argument, [], given, action);
  const { domains, volumes } = foundIn(lineage, subject);
  const title = vscode.l10n.t('Backing chain of {0}', [...domains, ...volumes][0]?.name ?? '');
  const paths = [
    ...domains.flatMap((domain) => lineage.imagesOf(domain)),
    ...volumes.map(({ path }) => path),
  ];
  const text = await backingChainText(title, paths, host, lineage);
  await deps.documents.show(title, 'md', text);
  return { text };
};
