import * as l10n from '@vscode/l10n';
import { domainStates, type Snapshot } from '../host/domain';
import { stateWord } from '../words/words';
import { snapshotContext } from './contextValue';
import type { Look } from './node';

/** How a snapshot looks. */
export function snapshotLook(snapshot: Snapshot, locale: string): Look {
  const { name, current, description, created, memory, made = [] } = snapshot;
  const state = stateOf(snapshot);
  const when = created === undefined ? undefined : timeText(created, locale);
  const here = current === true ? [l10n.t('current')] : [];
  const first = description?.split('\n')[0] ?? '';
  return {
    label: name,
    description: [...here, ...state, ...(when === undefined ? [] : [when])].join(' · '),
    tooltip: [
      first === '' ? name : `${name}: ${description ?? ''}`,
      ...(current === true ? [l10n.t('The machine was last here.')] : []),
      ...(when === undefined ? [] : [l10n.t('Made: {0}', when)]),
      ...state.map((word) => l10n.t('State then: {0}', word)),
      ...(memory === undefined ? [] : [l10n.t('Its memory is kept too.')]),
      ...made.map((path) => l10n.t('The machine went on in {0}', path)),
    ],
    icon: current === true ? 'record' : 'device-camera',
    spoken: [name, l10n.t('snapshot'), ...here, ...state].join(', '),
    context: snapshotContext(snapshot),
    open: true,
  };
}

function stateOf({ state }: Snapshot): string[] {
  if (state === 'disk-snapshot') return [l10n.t('disks only')];
  const known = domainStates.find((one) => one === state);
  return known === undefined ? [] : [stateWord(known)];
}

function timeText(seconds: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(seconds * 1000);
}
