import type { Volume } from '../host/volume';
import { askVolume, findVolume, freshTarget, hostOf, type Target } from '../flows/targets';
import { isNode } from './arguments';
import type { Lineage } from '../lineage/lineage';
import type { Deps } from './command';
import { volumeOf } from './subject';

/** The volume a command is about: that of its node, the one its argument names, or the one a person picks. */
export async function volumeTarget(
  { hosts }: Deps,
  argument: unknown,
  given: { readonly host?: string; readonly volume?: string } | undefined,
  title: string,
  isMeant?: (volume: Volume, lineage: Lineage) => boolean,
): Promise<Target<Volume>> {
  const meant = isNode(argument) ? volumeOf(argument) : undefined;
  if (isNode(argument) && meant !== undefined) {
    return freshTarget(argument.host, (lineage) => findVolume(lineage, meant.path));
  }
  const path = given?.volume;
  if (path === undefined) return askVolume(hosts, title, isMeant);
  return freshTarget(await hostOf(hosts, given?.host), (lineage) => findVolume(lineage, path));
}
