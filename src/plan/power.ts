import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { checkBlindSpotsOfBase } from './blindSpots';
import { guardDomain } from './guard';
import { domainWord } from './machine';
import { Refusal, runnable, type Plan } from './plan';

/**
 * The command that starts a machine.
 * @throws InUse where others stand on its disks: they would break the moment it writes (HAZARDS 18)
 */
export function start(domain: Domain, lineage: Lineage): Plan {
  if (isActive(domain)) throw new Refusal(l10n.t('{0} is already running.', domain.name));
  guardDomain('start', domain, lineage);
  checkBlindSpotsOfBase(domain, lineage);
  const title = l10n.t('Start {0}', domain.name);
  const verify = { kind: 'state', domain: domain.uuid, active: true } as const;
  return oneStep(lineage, title, 'start', domainWord(domain), { verify });
}

/**
 * How a guest is asked to shut down: by its agent, by its power button (ACPI), or as libvirt chooses: by the agent where
 * one is connected, and by the button where that does not answer.
 */
export const shutdownModes = ['default', 'agent', 'acpi'] as const;
export type ShutdownMode = (typeof shutdownModes)[number];

/**
 * The command that asks a machine to shut down. The guest may take its time, or refuse: nothing is verified.
 * @throws Refusal where it is not running, or has no agent and that is to be asked
 */
export function shutdown(domain: Domain, lineage: Lineage, mode: ShutdownMode = 'default'): Plan {
  mustBeActive(domain);
  if (mode === 'agent' && domain.agent !== true)
    throw new Refusal(
      l10n.t('No guest agent of {0} is connected. Ask it by ACPI, or let libvirt choose.', domain.name),
    );
  const title = l10n.t('Shut down {0}', domain.name);
  const words = mode === 'default' ? [] : ['--mode', mode];
  return oneStep(lineage, title, 'shutdown', domainWord(domain), {}, words);
}

/**
 * The command that asks a machine to restart. Like a shut down, the guest may take its time, or refuse.
 * @throws Refusal where it is not running
 */
export function reboot(domain: Domain, lineage: Lineage): Plan {
  mustBeActive(domain);
  return oneStep(lineage, l10n.t('Reboot {0}', domain.name), 'reboot', domainWord(domain), {});
}

/**
 * The command that restarts a machine at once, as if its reset button were pressed; its guest is not asked.
 * @throws Refusal where it is not running, or others have come to stand on its disks: it would write as it starts
 */
export function reset(domain: Domain, lineage: Lineage): Plan {
  mustBeActive(domain);
  guardDomain('resume', domain, lineage);
  const verify = { kind: 'state', domain: domain.uuid, active: true } as const;
  return oneStep(lineage, l10n.t('Reset {0}', domain.name), 'reset', domain.uuid, { verify });
}

/**
 * The command that stops a machine's processors; its memory stays as it is.
 * @throws Refusal where it is not running, or stands still already
 */
export function suspend(domain: Domain, lineage: Lineage): Plan {
  mustBeActive(domain);
  if (domain.state === 'paused') throw new Refusal(l10n.t('{0} is already paused.', domain.name));
  const verify = { kind: 'state', domain: domain.uuid, active: true, paused: true } as const;
  return oneStep(lineage, l10n.t('Suspend {0}', domain.name), 'suspend', domainWord(domain), { verify });
}

/**
 * The command that lets a suspended machine go on.
 * @throws Refusal where it is not paused, or others have come to stand on its disks: they would break
 */
export function resume(domain: Domain, lineage: Lineage): Plan {
  if (domain.state !== 'paused') throw new Refusal(l10n.t('{0} is not paused.', domain.name));
  guardDomain('resume', domain, lineage);
  checkBlindSpotsOfBase(domain, lineage);
  const verify = { kind: 'state', domain: domain.uuid, active: true, paused: false } as const;
  return oneStep(lineage, l10n.t('Resume {0}', domain.name), 'resume', domainWord(domain), { verify });
}

/**
 * The command that switches a machine off at once, as if its plug were pulled; by UUID, lest a name that has passed to
 * another machine switches that one off.
 * @throws Refusal where it is not running
 */
export function forceOff(domain: Domain, lineage: Lineage): Plan {
  mustBeActive(domain);
  const verify = { kind: 'state', domain: domain.uuid, active: false } as const;
  return oneStep(lineage, l10n.t('Force off {0}', domain.name), 'destroy', domain.uuid, { verify });
}

/**
 * One plan for several machines, each a part of its own: what fails with one does not stop the others.
 * @param verb what is done, for the title
 * @throws Refusal where one of them is refused
 */
export function together(
  verb: string,
  domains: readonly Domain[],
  lineage: Lineage,
  planOf: (domain: Domain, lineage: Lineage) => Plan,
): Plan {
  const plans = domains.map((domain) => planOf(domain, lineage));
  const [only] = plans;
  if (only !== undefined && plans.length === 1) return only;
  return runnable({
    title: l10n.t('{0}: {1} virtual machines', verb, domains.length),
    uri: lineage.inventory.uri,
    notes: [],
    steps: plans.flatMap(({ steps }, index) =>
      steps.map((step) => ({ ...step, part: domains[index]?.name ?? '' })),
    ),
  });
}

function mustBeActive(domain: Domain): void {
  if (!isActive(domain)) throw new Refusal(l10n.t('{0} is not running.', domain.name));
}

function oneStep(
  lineage: Lineage,
  title: string,
  command: string,
  word: string,
  rest: object,
  words: readonly string[] = [],
): Plan {
  const { uri } = lineage.inventory;
  const spec = virsh(uri, command, '--domain', word, ...words);
  return runnable({ title, uri, notes: [], steps: [{ title, spec, atomic: true, ...rest }] });
}
