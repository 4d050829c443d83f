import * as l10n from '@vscode/l10n';
import type { BelongingSizes } from '../host/belongings';
import type { Domain } from '../host/domain';
import type { Removal } from '../plan/remove';
import { sizeText } from './size';

/** What a removal takes along and what it leaves, as lines with sizes. */
export function removalText(
  { deleted, kept, outside }: Removal,
  domains: readonly Domain[],
  locale: string,
  sizes: ReadonlyMap<string, BelongingSizes> = new Map(),
): string {
  const sized = deleted.map(({ path, allocation }) => `  ${path} (${sizeText(allocation, locale)})`);
  const total = deleted.reduce((sum, { allocation }) => sum + allocation, 0);
  const along = domains.flatMap((domain) =>
    belongings(domain, sizes.get(domain.uuid), locale).map((text) => `  ${text}`),
  );
  return [
    ...(deleted.length === 0
      ? [l10n.t('No image is deleted.')]
      : [l10n.t('These volumes are deleted ({0}):', sizeText(total, locale)), ...sized]),
    ...(along.length === 0 ? [] : [l10n.t('Also deleted:'), ...along]),
    ...(outside.length === 0
      ? []
      : [
          l10n.t('These overlays lie in no storage pool and stay, to be deleted by hand:'),
          ...outside.map(({ path }) => `  ${path}`),
        ]),
    ...(kept.length === 0 ? [] : [l10n.t('These images stay:'), ...kept.map((path) => `  ${path}`)]),
  ].join('\n');
}

function belongings(
  { nvram, nvramFile, tpm, baggage }: Domain,
  sizes: BelongingSizes | undefined,
  locale: string,
): string[] {
  const snapshots = baggage?.snapshots.map(({ name }) => name) ?? [];
  const sized = (what: string, bytes: number | undefined) =>
    bytes === undefined ? what : `${what} (${sizeText(bytes, locale)})`;
  return [
    ...(nvram ? [sized(nvramFile ?? l10n.t('its UEFI variables'), sizes?.nvram)] : []),
    ...(tpm ? [sized(l10n.t('the state of its TPM'), sizes?.tpm)] : []),
    ...(baggage?.managedSave === true ? [l10n.t('its saved memory')] : []),
    ...(snapshots.length === 0 ? [] : [l10n.t('its snapshots: {0}', snapshots.join(', '))]),
  ];
}
