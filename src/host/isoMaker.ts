import { findProgram } from './findProgram';

/** Programs that make an ISO 9660 image and understand the same options; the one that is still cared for comes first. */
export const isoMakers = ['xorriso', 'genisoimage', 'mkisofs'] as const;
export type IsoMaker = (typeof isoMakers)[number];

/** The one that a search path has; undefined where it has none. */
export function findIsoMaker(searchPath: string): IsoMaker | undefined {
  return isoMakers.find((program) => findProgram(program, searchPath) !== undefined);
}
