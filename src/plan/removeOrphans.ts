import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { keepsVariablesIn, type NvramFile } from '../host/nvramFiles';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { placeOf, runAt } from './place';
import { checkUnread } from './blindSpots';
import { Refusal, runnable, type Plan, type Step } from './plan';
import { removeAll } from './remove';

/** What a person has chosen of the orphans. */
export interface ChosenOrphans {
  readonly volumes: readonly Volume[];
  readonly nvram: readonly NvramFile[];
  readonly me: number | undefined;
}

/**
 * The commands that delete orphans: volumes as any others, with all their guards, and files of UEFI variables.
 * @throws Refusal where one is needed by now, or what cannot be seen may need it
 */
export function removeOrphans({ volumes, nvram, me }: ChosenOrphans, lineage: Lineage): Plan {
  const { uri, domains } = lineage.inventory;
  if (nvram.length > 0) checkUnread(lineage);
  for (const { path } of nvram) {
    const user = domains.find((domain) => keepsVariablesIn(path, domain));
    if (user === undefined) continue;
    throw new Refusal(l10n.t('{0} belongs to {1} by now, which needs it.', path, user.name));
  }
  const { steps } = removeAll({ domains: [], volumes }, lineage).plan;
  return runnable({
    title: l10n.t('Delete {0} orphans', volumes.length + nvram.length),
    uri,
    notes: [],
    steps: [
      ...steps,
      ...nvram.map(({ path, owner }): Step => ({
        title: l10n.t('Delete the UEFI variables {0}', posix.basename(path)),
        spec: runAt(placeOf(uri, [owner], me), { file: 'rm', args: ['--', path] }),
      })),
    ],
  });
}
