import { posix } from 'node:path';
import type { Fit } from '../host/sameImage';
import type { Volume } from '../host/volume';
import type { Lineage } from './lineage';

/** Whether an image is the base of an overlay under another name: proved, or why it is not. */
export type Proof = 'same' | 'newer' | 'otherContents' | 'unknown';

/** At least so many sectors must be the same before contents prove anything. */
const enough = 16;

/**
 * Weighs what is known of an overlay and an image that may be its base.
 * @param fit how well their contents fit, where they could be compared
 */
export function proofOf(image: Volume, candidate: Volume, fit: Fit | undefined, lineage: Lineage): Proof {
  const former = image.backing?.path ?? '';
  // The name it has already: then only what the header records of it is written anew.
  if (candidate.path === former || lineage.same(candidate.path, former)) return 'same';
  const compared = fit === undefined ? 0 : fit.same + fit.different;
  if (fit !== undefined && compared >= enough && fit.same < enough) return 'otherContents';
  const born = lineage.inventory.facts?.get(image.path)?.born;
  const newer = born !== undefined && candidate.modified !== undefined && candidate.modified > born + 2;
  if (fit !== undefined && fit.same >= enough && fit.same >= fit.different / 8) {
    // A copy is younger than the overlay and the same all the same, which only its contents show; a later version of
    // the template has most of them too, so it is left to a person.
    return newer ? 'newer' : 'same';
  }
  if (newer) return 'newer';
  const owned = lineage
    .usersOf(image.path)
    .some(
      ({ mark }) =>
        mark?.kind === 'clone' &&
        lineage
          .usersOf(candidate.path)
          .some((owner) => owner.uuid === mark.of && lineage.writesTo(owner, candidate.path)),
    );
  const name = posix.basename(former);
  // Nothing was written to the overlay that could be compared: then its name, its age and its owner speak.
  const quiet =
    fit !== undefined && compared + fit.added < enough && candidate.name === name && born !== undefined;
  return owned || quiet ? 'same' : 'unknown';
}
