import type { Which } from '../flows/which';
import type { Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import type { Plan } from '../plan/plan';
import { together } from '../plan/power';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainsTarget } from './domainTarget';

/**
 * A command of one plan on each virtual machine that is meant, which asks nothing but which. Where one of them is
 * refused, nothing is done to the others either.
 */
export function powerVerb(
  title: () => string,
  which: Which,
  planOf: (domain: Domain, lineage: Lineage) => Plan,
): Command {
  return async (deps, argument, selection) => {
    const { host, lineage, subject } = await domainsTarget(deps, argument, selection, title(), which);
    await carryOut(together(title(), subject, lineage, planOf), host, 'quiet', deps);
  };
}
