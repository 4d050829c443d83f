import { posix } from 'node:path';
import type { Fit } from '../host/sameImage';
import type { Volume } from '../host/volume';
import type { Lineage } from './lineage';

/** Whether an image is the base of an overlay under another name: proved, or why it is not. */
export type Proof = 'same' | 'newer' | 'older' | 'otherContents' | 'unknown';

/** At least so many sectors must be the same before contents prove anything. */
const enough = 16;

/**
 * So many of them must be the same for one that is not: a guest writes over some of what was copied for it, while another
 * version of the image has others there.
 */
const most = 5;

// Times go through texts and numbers of different precision.
const precision = 1e-4;

/**
 * Weighs what is known of an overlay and an image that may be its base.
 * @param fit how well their contents fit, where they could be compared
 */
export function proofOf(image: Volume, candidate: Volume, fit: Fit | undefined, lineage: Lineage): Proof {
  const former = image.backing?.path ?? '';
  // The name it has already: then only what the header records of it is written anew.
  if (candidate.path === former || lineage.same(candidate.path, former)) return 'same';
  return byRecord(image, candidate, former, lineage) ?? byContents(image, candidate, fit, lineage);
}

/** What was noted of the base when the clone was made tells it from all its versions, whatever they have in common. */
function byRecord(image: Volume, candidate: Volume, former: string, lineage: Lineage): Proof | undefined {
  const record = lineage
    .usersOf(image.path)
    .flatMap(({ mark }) => (mark?.kind === 'clone' ? (mark.bases ?? []) : []))
    .find(({ path }) => path === former || lineage.same(path, former));
  const { modified, capacity } = candidate;
  if (record === undefined || modified === undefined) return undefined;
  if (Math.abs(modified - record.modified) < precision)
    return capacity === record.capacity ? 'same' : 'otherContents';
  return modified > record.modified ? 'newer' : 'older';
}

function byContents(image: Volume, candidate: Volume, fit: Fit | undefined, lineage: Lineage): Proof {
  const compared = fit === undefined ? 0 : fit.same + fit.different;
  if (fit !== undefined && compared >= enough && fit.same < enough) return 'otherContents';
  const born = lineage.inventory.facts?.get(image.path)?.born;
  // A copy is younger than the overlay and the same all the same, but so is a later version of the template.
  if (born !== undefined && candidate.modified !== undefined && candidate.modified > born + 2) return 'newer';
  if (fit !== undefined && compared >= enough) return fit.same >= most * fit.different ? 'same' : 'unknown';
  const owned = lineage
    .usersOf(image.path)
    .some(
      ({ mark }) =>
        mark?.kind === 'clone' &&
        lineage
          .usersOf(candidate.path)
          .some((owner) => owner.uuid === mark.of && lineage.writesTo(owner, candidate.path)),
    );
  const name = posix.basename(image.backing?.path ?? '');
  // Nothing was written to the overlay that could be compared: then its name, its age and its owner speak.
  const quiet =
    fit !== undefined && compared + fit.added < enough && candidate.name === name && born !== undefined;
  return owned || quiet ? 'same' : 'unknown';
}
