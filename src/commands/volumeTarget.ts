import type { Volume } from '../host/volume';
import { askVolume, findVolume, freshTarget, hostOf, type Target } from '../flows/targets';
import { isNode } from './arguments';
import type { Deps } from './command';

/** The volume a command is about: that of its node, the one its argument names, or the one a person picks. */
export async function volumeTarget(
  { hosts }: Deps,
  argument: unknown,
  given: { readonly host?: string; readonly volume?: string } | undefined,
  title: string,
): Promise<Target<Volume>> {
  if (isNode(argument) && argument.kind === 'volume') {
    return freshTarget(argument.host, (lineage) => findVolume(lineage, argument.volume.path));
  }
  const path = given?.volume;
  if (path === undefined) return askVolume(hosts, title);
  return freshTarget(await hostOf(hosts, given?.host), (lineage) => findVolume(lineage, path));
}
