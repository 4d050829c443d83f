import { isActive, writtenDisks, type Domain } from '../host/domain';
import type { Dependant, Lineage } from './lineage';

/** A machine that runs although others stand on its disks. */
export interface StartedBase {
  readonly domain: Domain;
  readonly dependants: readonly Dependant[];
}

/** Who stands on what it writes to in its present run: what it gets with its next start does not count yet. */
function standingOn(domain: Domain, lineage: Lineage): Dependant[] {
  const paths = writtenDisks(domain).flatMap((disk) => lineage.pathOf(disk) ?? []);
  const found = paths.flatMap((path) => lineage.dependantsOf(path));
  return [...new Map(found.map((dependant) => [dependant.volume.path, dependant])).values()];
}

/** The machines that run and write to images on which others stand: no harm that could be undone later. */
export function startedBases(lineage: Lineage): StartedBase[] {
  return lineage.inventory.domains
    .filter(isActive)
    .map((domain) => ({ domain, dependants: standingOn(domain, lineage) }))
    .filter(({ dependants }) => dependants.length > 0);
}
