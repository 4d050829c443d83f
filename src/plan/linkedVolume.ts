import * as l10n from '@vscode/l10n';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { overlaySteps, planOverlay, showBase, type VolumeTool } from './overlay';
import { runnable, type Plan } from './plan';

/** What a person decides about an overlay without a machine. Capacity in bytes; undefined means the base's. */
export interface LinkedVolumeAnswers {
  readonly base: Volume;
  readonly name: string;
  readonly pool: Pool | undefined;
  readonly capacity: number | undefined;
  readonly volumeTool: VolumeTool;
}

/**
 * The commands that make a volume whose backing store is another one.
 * @throws Refusal where it cannot be made or would not be safe
 */
export function linkedVolume(
  answers: LinkedVolumeAnswers,
  lineage: Lineage,
): Plan & { readonly path: string } {
  const { uri } = lineage.inventory;
  const overlay = planOverlay(answers, lineage);
  const plan = runnable({
    title: l10n.t('Linked volume {0} on {1}', answers.name, answers.base.name),
    uri,
    notes: [],
    steps: [showBase(uri, answers.base), ...overlaySteps(uri, overlay, answers.volumeTool)],
  });
  return { ...plan, path: overlay.path };
}
