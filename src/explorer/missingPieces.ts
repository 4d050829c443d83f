import * as l10n from '@vscode/l10n';
import type { Inventory } from '../host/inventory';
import { lineageOf } from '../lineage/lineage';
import { hasTemplate } from '../lineage/template';

/** What hosts that can be seen still lack for a first clone, in one line above the tree; undefined where nothing is. */
export function missingPieces(
  inventories: readonly Inventory[],
  namePattern: RegExp | undefined,
): string | undefined {
  if (inventories.length === 0) return undefined;
  if (inventories.every(({ pools }) => pools.length === 0)) {
    return l10n.t(
      'There is no storage pool yet. Linked clones need one: choose "Create Storage Pool…" in the menu of the view (virsh pool-define-as).',
    );
  }
  if (inventories.some((inventory) => hasTemplate(lineageOf(inventory), namePattern))) return undefined;
  return l10n.t(
    'There is no template yet. Switch a machine off and choose "Convert to Template…" in its menu to make it one.',
  );
}
