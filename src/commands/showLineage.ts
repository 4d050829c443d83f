import * as vscode from 'vscode';
import { askHost } from '../flows/hosts';
import { findDomain, freshTarget, hostOf } from '../flows/targets';
import type { Host } from '../host/host';
import { isNode, isScripted, readArguments } from './arguments';
import type { Command, Deps } from './command';
import { domainOf, volumeOf } from './subject';

/** *Show Lineage*: a picture of templates, their clones and theirs, with the node it was called on in focus. */
export const showLineage: Command = async (deps, argument) => {
  const { host, focus } = await target(deps, argument);
  await host.refresh('changes');
  const picture = deps.pictures.show(host, focus);
  return isScripted(argument) ? picture.draw() : undefined;
};

async function target(
  { hosts }: Deps,
  argument: unknown,
): Promise<{ host: Host; focus: string | undefined }> {
  if (isNode(argument)) {
    const domain = domainOf(argument);
    const volume = volumeOf(argument);
    const focus = domain === undefined ? volume && `volume/${volume.path}` : `domain/${domain.uuid}`;
    return { host: argument.host, focus };
  }
  const given = readArguments(argument, { host: 'string', domain: 'string' });
  const all = await hosts.all();
  const host =
    given !== undefined || all.length === 1
      ? await hostOf(hosts, given?.host)
      : await askHost(vscode.l10n.t('Show Lineage'), vscode.l10n.t('Host to look on'), all);
  const word = given?.domain;
  if (word === undefined) return { host, focus: undefined };
  const { subject } = await freshTarget(host, (lineage) => findDomain(lineage, word));
  return { host, focus: `domain/${subject.uuid}` };
}
