import { isActive, type Domain } from '../host/domain';
import type { Dependant, Lineage } from './lineage';

/** A machine that runs although others stand on its disks. */
export interface StartedBase {
  readonly domain: Domain;
  readonly dependants: readonly Dependant[];
}

/** The machines that run and write to images on which others stand: no harm that could be undone later. */
export function startedBases(lineage: Lineage): StartedBase[] {
  return lineage.inventory.domains
    .filter(isActive)
    .map((domain) => ({ domain, dependants: lineage.dependantsOfDomain(domain) }))
    .filter(({ dependants }) => dependants.length > 0);
}
