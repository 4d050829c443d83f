import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import type { Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { guardDomain } from './guard';
import { Refusal, runnable, type Plan, type Step } from './plan';

/**
 * The command that lets a machine be started with its host.
 * @throws Refusal where it is only ever cloned, or vanishes when it is switched off
 */
export function enableAutostart(domain: Domain, lineage: Lineage): Plan {
  const { name, mark, persistent } = domain;
  guardDomain('start', domain, lineage);
  if (!persistent) throw new Refusal(l10n.t('{0} vanishes when it is switched off.', name));
  if (mark?.kind === 'template') {
    throw new Refusal(l10n.t('{0} is a template, which is only cloned, never started.', name));
  }
  return planOf(startWithHost(lineage.inventory.uri, domain), lineage);
}

/** The command after which a machine is not started with its host any more. */
export function disableAutostart(domain: Domain, lineage: Lineage): Plan {
  return planOf(stopAutostart(lineage.inventory.uri, domain), lineage);
}

/** The step that has a machine started with its host. */
export function startWithHost(uri: string, { uuid, name }: Domain): Step {
  return {
    title: l10n.t('Start {0} with its host', name),
    spec: virsh(uri, 'autostart', '--domain', uuid),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Start {0} with its host no longer', name),
      done: l10n.t('{0} is not started with its host any more', name),
      specs: [virsh(uri, 'autostart', '--domain', uuid, '--disable')],
    },
    verify: { kind: 'kept', uuid, what: 'autostart', kept: true },
  };
}

/** The step that has a machine started with its host no longer. */
export function stopAutostart(uri: string, { uuid, name }: Domain): Step {
  return {
    title: l10n.t('Start {0} with its host no longer', name),
    spec: virsh(uri, 'autostart', '--domain', uuid, '--disable'),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Start {0} with its host', name),
      done: l10n.t('{0} is started with its host again', name),
      specs: [virsh(uri, 'autostart', '--domain', uuid)],
    },
    verify: { kind: 'kept', uuid, what: 'autostart', kept: false },
  };
}

function planOf(step: Step, { inventory: { uri } }: Lineage): Plan {
  return runnable({ title: step.title, uri, notes: [], steps: [step] });
}
