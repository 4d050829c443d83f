import type { Host } from '../host/host';
import { confirmPlan } from '../flows/summary';
import type { Lineage } from '../lineage/lineage';
import type { Plan } from '../plan/plan';
import { stillTrue } from './carryOut';
import type { Deps } from './command';

/** A plan that is to be shown before it runs. */
export interface Proposal<P extends Plan> {
  readonly title: string;
  readonly verb: string;
  readonly host: Host;
  readonly lineage: Lineage;
  readonly planOn: (lineage: Lineage) => P;
}

/** Shows a plan without choices to a person, and makes it once more of the host as it is when it has been agreed to. */
export async function agreed<P extends Plan>(
  { title, verb, host, lineage, planOn }: Proposal<P>,
  scripted: boolean,
  { documents }: Deps,
): Promise<P> {
  const plan = planOn(lineage);
  if (scripted) return plan;
  const chosen = await confirmPlan(
    title,
    verb,
    () => plan,
    () => [],
    (script) => documents.show(title, 'sh', script),
  );
  return stillTrue(chosen, host, planOn);
}
