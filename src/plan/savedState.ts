import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { Refusal, runnable, type Plan, type Step } from './plan';

/**
 * The command that writes a machine's memory to the disk and switches it off: its next start goes on from there.
 * @throws Refusal where it is not running, or would not be there any more
 */
export function save(domain: Domain, lineage: Lineage): Plan {
  const { uuid, name } = domain;
  const { uri } = lineage.inventory;
  if (!isActive(domain)) throw new Refusal(l10n.t('{0} is not running.', name));
  if (!domain.persistent) throw new Refusal(l10n.t('{0} vanishes when it is switched off.', name));
  const title = l10n.t('Save {0}', name);
  return runnable({
    title,
    uri,
    notes: [],
    steps: [
      {
        title,
        spec: virsh(uri, 'managedsave', '--domain', uuid, '--verbose'),
        atomic: true,
        undo: { kind: 'abortJob', domain: uuid },
        verify: { kind: 'kept', uuid, what: 'managedSave', kept: true },
      },
    ],
  });
}

/**
 * The command that throws a machine's saved memory away: its next start is an ordinary one.
 * @throws Refusal where none is saved
 */
export function discardSaved(domain: Domain, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  if (domain.baggage?.managedSave !== true)
    throw new Refusal(l10n.t('No memory of {0} is saved.', domain.name));
  const step = discardStep(uri, domain);
  return runnable({ title: step.title, uri, notes: [], steps: [step] });
}

/** The step that throws saved memory away, which cannot be taken back. */
export function discardStep(uri: string, { uuid, name }: Domain): Step {
  return {
    title: l10n.t('Discard the saved state of {0}', name),
    spec: virsh(uri, 'managedsave-remove', '--domain', uuid),
    verify: { kind: 'kept', uuid, what: 'managedSave', kept: false },
  };
}

/** @throws Refusal where memory is saved that goes on with the images as they are now */
export function checkNotSaved({ name, baggage }: Domain): void {
  if (baggage?.managedSave !== true) return;
  throw new Refusal(
    l10n.t(
      'The memory of {0} is saved, and goes on with its disks as they are. Start it and shut it down, or discard its saved state first.',
      name,
    ),
  );
}
