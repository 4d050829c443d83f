import type { Touched } from '../host/host';
import type { Plan } from './plan';

/** What a plan's steps or their undoing may have changed: that is what is read again when it has ended. */
export function touchedBy(plan: Plan): Touched {
  const domains = new Set<string>();
  const volumes = new Set<string>();
  for (const { verify, undo } of plan.steps) {
    if (verify?.kind === 'machine') domains.add(verify.name);
    if (verify?.kind === 'state' || verify?.kind === 'snapshot') domains.add(verify.domain);
    if (
      verify?.kind === 'noDomain' ||
      verify?.kind === 'named' ||
      verify?.kind === 'marked' ||
      verify?.kind === 'kept'
    )
      domains.add(verify.uuid);
    if (
      verify?.kind === 'overlay' ||
      verify?.kind === 'noVolume' ||
      verify?.kind === 'volume' ||
      verify?.kind === 'writable' ||
      verify?.kind === 'standsOn' ||
      verify?.kind === 'size'
    )
      volumes.add(verify.path);
    if (undo?.kind === 'undefineDomain' || undo?.kind === 'discardCopy') domains.add(undo.name);
    if (undo?.kind === 'discardCopy') for (const path of undo.paths) volumes.add(path);
    if (undo?.kind === 'abortBlockJob') domains.add(undo.domain);
    if (undo?.kind === 'deleteVolume') volumes.add(undo.path);
  }
  return { domains: [...domains], volumes: [...volumes] };
}
