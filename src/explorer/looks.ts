import * as l10n from '@vscode/l10n';
import { isActive, type Domain, type DomainState } from '../host/domain';
import type { HostState, Host } from '../host/host';
import { canAsk } from './canAsk';
import type { Network } from '../host/network';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import { lineageOf, type Lineage } from '../lineage/lineage';
import type { TemplateReason } from '../lineage/template';
import type { Finding } from '../lineage/health';
import {
  domainContext,
  hostContext,
  networkContext,
  poolContext,
  problemContext,
  volumeContext,
} from './contextValue';
import type { Look } from './node';
import { faultWord, findingSentences, unseenSentence } from '../words/health';
import { sizeText } from '../words/size';
import { reasonSentence, stateWord } from '../words/words';

/** How a host looks. */
export function hostLook(host: Host, state: HostState): Look {
  const trouble = state.error?.message;
  const unseen = state.inventory === undefined ? undefined : unseenSentence(lineageOf(state.inventory));
  return {
    label: host.uri,
    description: trouble === undefined ? '' : l10n.t('not reached'),
    tooltip: [
      host.uri,
      ...(trouble === undefined ? [] : [trouble]),
      ...(unseen === undefined ? [] : [unseen]),
    ],
    icon: trouble === undefined ? 'server' : 'warning',
    ...(trouble === undefined ? {} : { color: 'problemsWarningIcon.foreground' }),
    spoken: trouble === undefined ? l10n.t('Host {0}', host.uri) : l10n.t('Host {0}, not reached', host.uri),
    context: hostContext(trouble === undefined && state.inventory !== undefined, canAsk(host)),
    open: true,
  };
}

/** How one of the three groups of a host looks. */
export function groupLook(label: string, icon: string, count: number, open: boolean): Look {
  return {
    label,
    description: String(count),
    tooltip: [],
    icon,
    spoken: `${label}, ${count}`,
    context: '',
    open,
  };
}

/** How something that went wrong looks above the last good data. */
export function messageLook(error: Error): Look {
  const [line = ''] = error.message.split('\n');
  return {
    label: line,
    description: '',
    tooltip: [error.message],
    icon: 'error',
    color: 'problemsErrorIcon.foreground',
    spoken: l10n.t('Error: {0}', line),
    context: '',
  };
}

/** How a host that has not answered yet looks below its name. */
export function waitingLook(): Look {
  const label = l10n.t('Connecting…');
  return { label, description: '', tooltip: [], icon: 'loading~spin', spoken: label, context: '' };
}

const stateIcons: Readonly<Partial<Record<DomainState, readonly [icon: string, color?: string]>>> = {
  running: ['vm-running', 'testing.iconPassed'],
  blocked: ['vm-running', 'testing.iconPassed'],
  shutdown: ['vm-pending', 'testing.iconQueued'],
  paused: ['debug-pause', 'testing.iconQueued'],
  pmsuspended: ['debug-pause', 'testing.iconQueued'],
  crashed: ['error', 'problemsErrorIcon.foreground'],
};

/** How a virtual machine or a template looks. */
export function domainLook(
  domain: Domain,
  lineage: Lineage,
  reason: TemplateReason | undefined,
  findings: readonly Finding[],
  locale: string,
): Look {
  const state = domain.problem === undefined ? stateWord(domain.state) : l10n.t('cannot be read');
  const clones = lineage.clonesOf(domain).length;
  const parent = lineage.parentOf(domain);
  const images = lineage.imagesOf(domain).flatMap((path) => lineage.volume(path) ?? []);
  const own = images.reduce((sum, volume) => sum + volume.allocation, 0);
  const kind = reason === undefined ? l10n.t('virtual machine') : l10n.t('template');
  const saved = domain.baggage?.managedSave === true;
  const badge = worst(findings);
  const [icon, color] = badge === undefined ? lookOfState(domain, reason) : trouble;
  return {
    label: domain.name,
    description: [
      state,
      ...(saved ? [l10n.t('memory saved')] : []),
      ...(badge === undefined ? [] : [faultWord(badge.fault)]),
      ...(reason !== undefined && clones > 0 ? [l10n.t('linked clones: {0}', clones)] : []),
      ...(images.length > 0 ? [sizeText(own, locale)] : []),
    ].join(' · '),
    tooltip: [
      domain.title === undefined ? domain.name : `${domain.name}: ${domain.title}`,
      l10n.t('State: {0}', state),
      ...(saved ? [l10n.t('Its memory is saved: it goes on from there when it is started.')] : []),
      ...(domain.baggage?.autostart === true ? [l10n.t('It is started with its host.')] : []),
      ...(domain.problem === undefined ? [] : [domain.problem]),
      ...findings.map(findingSentences),
      ...(reason === undefined ? [] : [reasonSentence(reason)]),
      ...(parent === undefined ? [] : [l10n.t('Linked clone of {0}', parent.name)]),
      l10n.t('Memory: {0}, vCPUs: {1}', sizeText(domain.memory, locale), domain.vcpus),
      ...domain.disks.map((disk) => `${disk.target}: ${lineage.pathOf(disk) ?? l10n.t('empty')}`),
      l10n.t('UUID: {0}', domain.uuid),
    ],
    icon,
    ...(color === undefined ? {} : { color }),
    spoken: [
      domain.name,
      kind,
      state,
      ...(saved ? [l10n.t('memory saved')] : []),
      ...(badge === undefined ? [] : [faultWord(badge.fault)]),
    ].join(', '),
    context: domainContext(domain, lineage, reason !== undefined),
    open: reason !== undefined,
  };
}

const trouble = ['warning', 'problemsWarningIcon.foreground'] as const;

/** What earns a badge: hints do not. */
function worst(findings: readonly Finding[]): Finding | undefined {
  return findings.find(({ severity }) => severity !== 'hint');
}

function lookOfState(
  domain: Domain,
  reason: TemplateReason | undefined,
): readonly [icon: string, color?: string] {
  if (domain.problem !== undefined) return ['warning', 'problemsWarningIcon.foreground'];
  // A template that runs is in danger: whatever it writes breaks its clones.
  if (reason !== undefined)
    return isActive(domain) ? ['warning', 'problemsWarningIcon.foreground'] : ['layers'];
  return stateIcons[domain.state] ?? ['vm-outline'];
}

/** How a storage pool looks. */
export function poolLook(pool: Pool, locale: string): Look {
  const state = pool.active ? l10n.t('active') : l10n.t('inactive');
  const room = l10n.t('{0} free of {1}', sizeText(pool.available, locale), sizeText(pool.capacity, locale));
  return {
    label: pool.name,
    description: pool.problem !== undefined ? l10n.t('cannot be read') : pool.active ? room : state,
    tooltip: [
      pool.name,
      l10n.t('State: {0}', state),
      ...(pool.problem === undefined ? [] : [pool.problem]),
      l10n.t('Type: {0}', pool.type),
      ...(pool.path === undefined ? [] : [pool.path]),
      ...(pool.active ? [room] : []),
    ],
    icon: 'database',
    ...(pool.active ? {} : { color: 'disabledForeground' }),
    spoken: [pool.name, l10n.t('storage pool'), state].join(', '),
    context: poolContext(pool),
  };
}

/** How a network looks. */
export function networkLook(network: Network): Look {
  const { name, active } = network;
  const state = active ? l10n.t('active') : l10n.t('inactive');
  return {
    label: name,
    description: state,
    tooltip: [name, l10n.t('State: {0}', state)],
    icon: 'globe',
    ...(active ? {} : { color: 'disabledForeground' }),
    spoken: [name, l10n.t('network'), state].join(', '),
    context: networkContext(network),
  };
}

/** How the list of what is wrong on a host looks. */
export function problemsLook(findings: readonly Finding[], lineage: Lineage): Look {
  const serious = worst(findings) !== undefined;
  const unseen = unseenSentence(lineage);
  return {
    ...groupLook(l10n.t('Problems'), serious ? 'warning' : 'info', findings.length, false),
    tooltip: unseen === undefined ? [] : [unseen],
    ...(serious ? { color: 'problemsWarningIcon.foreground' } : {}),
  };
}

const severityLooks = {
  error: ['error', 'problemsErrorIcon.foreground'],
  warning: ['warning', 'problemsWarningIcon.foreground'],
  hint: ['info', 'problemsInfoIcon.foreground'],
} as const;

/** How one of them looks. */
export function problemLook(finding: Finding): Look {
  const [icon, color] = severityLooks[finding.severity];
  const about = finding.fault === 'rawDriver' ? (finding.domain?.name ?? '') : finding.image.name;
  return {
    label: `${about}: ${faultWord(finding.fault)}`,
    description: '',
    tooltip: [findingSentences(finding)],
    icon,
    color,
    spoken: findingSentences(finding),
    context: problemContext(finding),
  };
}

/** How a volume looks. */
export function volumeLook(
  volume: Volume,
  lineage: Lineage,
  findings: readonly Finding[],
  locale: string,
): Look {
  const kind =
    volume.backing === undefined
      ? lineage.overlaysOf(volume.path).length > 0
        ? l10n.t('base')
        : l10n.t('volume')
      : l10n.t('overlay');
  const size = l10n.t('{0} of {1}', sizeText(volume.allocation, locale), sizeText(volume.capacity, locale));
  const badge = worst(findings);
  const word =
    volume.problem !== undefined
      ? l10n.t('broken')
      : badge === undefined
        ? undefined
        : faultWord(badge.fault);
  return {
    label: volume.name,
    description: word === undefined ? size : `${word} · ${size}`,
    tooltip: [
      volume.path,
      ...(volume.problem === undefined ? [] : [volume.problem]),
      ...findings.map(findingSentences),
      l10n.t('Format: {0}', volume.format ?? l10n.t('unknown')),
      l10n.t('Takes {0} of {1}', sizeText(volume.allocation, locale), sizeText(volume.capacity, locale)),
      ...(volume.backing === undefined ? [] : [l10n.t('Backing store: {0}', volume.backing.path)]),
      ...lineage.usersOf(volume.path).map((user) => l10n.t('Used by {0}', user.name)),
    ],
    icon: word === undefined ? (volume.backing === undefined ? 'file' : 'git-branch') : 'warning',
    ...(word === undefined ? {} : { color: 'problemsWarningIcon.foreground' }),
    spoken: [volume.name, kind, volume.problem ?? word ?? size].join(', '),
    context: volumeContext(volume, lineage),
    open: lineage.overlaysOf(volume.path).length > 0,
  };
}
