import { posix } from 'node:path';
import type { Volume } from './volume';

// eslint-disable-next-line no-control-regex -- they are what it is about
const withoutPlaceInXml = /[\0-\x08\x0b\x0c\x0e-\x1f]/g;

/**
 * Takes a definition for that of the domain or pool that was asked for.
 * @throws Error if it is another one's, or nobody's
 */
export function sameUuid<T extends { readonly uuid: string; readonly name: string }>(
  thing: T,
  uuid: string,
): T {
  if (thing.uuid !== uuid || thing.name === '')
    throw new Error(`"${thing.name}" with the UUID "${thing.uuid}"`);
  return thing;
}

/**
 * Takes a definition for that of the volume at this path.
 * @throws Error if it is another one's, or nobody's
 */
export function samePath(volume: Volume, path: string): Volume {
  if (volume.path === path && volume.name !== '') return volume;
  // libvirt leaves out what XML has no place for.
  if (volume.name === '' || volume.path !== path.replace(withoutPlaceInXml, ''))
    throw new Error(`"${volume.name}" at "${volume.path}"`);
  return { ...volume, path, name: posix.basename(path) };
}
