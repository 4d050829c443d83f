import type { Touched } from '../host/host';
import type { Plan } from './plan';

/** What a plan's steps or their undoing may have changed: that is what is read again when it has ended. */
export function touchedBy(plan: Plan): Touched {
  const domains = new Set<string>();
  const volumes = new Set<string>();
  for (const { verify, undo } of plan.steps) {
    if (verify?.kind === 'machine') domains.add(verify.name);
    if (verify?.kind === 'state') domains.add(verify.domain);
    if (verify?.kind === 'noDomain') domains.add(verify.uuid);
    if (verify?.kind === 'overlay' || verify?.kind === 'noVolume') volumes.add(verify.path);
    if (undo?.kind === 'undefineDomain') domains.add(undo.name);
    if (undo?.kind === 'deleteVolume') volumes.add(undo.path);
  }
  return { domains: [...domains], volumes: [...volumes] };
}
