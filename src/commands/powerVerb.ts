import type { Which } from '../flows/targets';
import type { Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import type { Plan } from '../plan/plan';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** A command of one plan on one virtual machine, which asks nothing but which machine is meant. */
export function powerVerb(
  title: () => string,
  which: Which,
  planOf: (domain: Domain, lineage: Lineage) => Plan,
): Command {
  return async (deps, argument) => {
    const { host, lineage, subject } = await domainTarget(deps, argument, title(), which);
    await carryOut(planOf(subject, lineage), host, 'quiet', deps);
  };
}
