import * as vscode from 'vscode';
import { holdsFiles, type Pool } from '../host/pool';
import { sizeText } from '../words/size';
import { volumeTools, type VolumeTool } from '../plan/overlay';
import { input, pick } from './ask';
import type { Choice } from './summary';

/** What makes the overlay. */
export function toolChoice(title: string, draft: { volumeTool: VolumeTool }): Choice {
  const meaning: Readonly<Record<VolumeTool, string>> = {
    'vol-create': vscode.l10n.t('libvirt makes the volume from a description'),
    'vol-create-as': vscode.l10n.t('libvirt makes the volume from options, as one would by hand'),
    'qemu-img': vscode.l10n.t('qemu-img makes the file, the pool is refreshed'),
  };
  return {
    label: vscode.l10n.t('Volume tool'),
    value: draft.volumeTool,
    change: async () => {
      const options = volumeTools.map((tool) => ({ label: tool, description: meaning[tool], value: tool }));
      draft.volumeTool = await pick(title, vscode.l10n.t('What makes the overlay'), options);
    },
  };
}

/** Where the overlay goes. */
export function poolChoice(title: string, draft: { pool: Pool | undefined }, pools: readonly Pool[]): Choice {
  return {
    label: vscode.l10n.t('Storage pool'),
    value: draft.pool?.name ?? vscode.l10n.t("the base's own"),
    change: async () => {
      const options = pools
        .filter((pool) => pool.active && holdsFiles(pool))
        .map((pool) => ({ label: pool.name, description: pool.path ?? '', value: pool }));
      draft.pool = await pick(title, vscode.l10n.t('Storage pool'), options);
    },
  };
}

/**
 * How large the disk is: the base's size, or more.
 * @param least the base's capacity in bytes
 */
export function sizeChoice(title: string, draft: { capacity: number | undefined }, least: number): Choice {
  const locale = vscode.env.language;
  return {
    label: vscode.l10n.t('Disk size'),
    value:
      draft.capacity === undefined
        ? vscode.l10n.t("{0}, the base's", sizeText(least, locale))
        : sizeText(draft.capacity, locale),
    change: async () => {
      const prompt = vscode.l10n.t(
        'Disk size, at least that of the base ({0}): a number with MiB, GiB or TiB, or bytes',
        least,
      );
      draft.capacity = await askSize(title, prompt, draft.capacity ?? least, (bytes) =>
        bytes < least ? vscode.l10n.t('The disk must not be smaller than its base.') : undefined,
      );
    },
  };
}

/**
 * Asks for a size in bytes.
 * @param problem why a size cannot be taken; undefined if it can
 * @throws Cancelled
 */
export async function askSize(
  title: string,
  prompt: string,
  value: number,
  problem: (bytes: number) => string | undefined,
): Promise<number> {
  const text = await input(title, prompt, String(value), (typed) => {
    const bytes = parseSize(typed);
    if (bytes === undefined) return vscode.l10n.t('Enter a size such as 20 GiB, or a number of bytes.');
    return problem(bytes);
  });
  return parseSize(text) ?? value;
}

const factors: Readonly<Record<string, number>> = {
  '': 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes in a text such as `20 GiB` or `1073741824`; undefined where it is neither. */
function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*([kmgt]ib)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]?.replace(',', '.')) * (factors[match[2]?.toLowerCase() ?? ''] ?? NaN);
  // qcow2 counts in sectors.
  return Number.isSafeInteger(Math.ceil(bytes / 512) * 512) ? Math.ceil(bytes / 512) * 512 : undefined;
}
