import * as l10n from '@vscode/l10n';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { importSteps } from './importVolume';
import { overlayName } from './cloneDisks';
import { startNew, type NewMachine } from './machine';
import { overlaySteps, planOverlay, showBase, type VolumeTool } from './overlay';
import { runnable, type Plan } from './plan';

/** What a person decides about a linked clone of a volume, such as a cloud image that no machine uses. */
export interface VolumeCloneAnswers extends Omit<NewMachine, 'disks' | 'graphics'> {
  readonly base: Volume;
  readonly pool: Pool | undefined;
  readonly capacity: number | undefined;
  readonly volumeTool: VolumeTool;
  readonly start: boolean;
}

/**
 * The commands that make an overlay on a volume, and a machine on the overlay.
 * @throws Refusal where they cannot be made or would not be safe
 */
export function volumeClone(answers: VolumeCloneAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const { base, name, pool, capacity } = answers;
  const overlay = planOverlay({ base, name: overlayName(name, '', true), pool, capacity }, lineage);
  const backing = { path: base.path, format: overlay.baseFormat, found: true };
  const volume = { path: overlay.path, format: 'qcow2', backing };
  return runnable({
    title: l10n.t('Linked clone {0} of {1}', name, base.name),
    uri,
    notes: [],
    steps: [
      showBase(uri, base),
      ...overlaySteps(uri, overlay, answers.volumeTool),
      ...importSteps(uri, { ...answers, volume }, lineage),
      ...(answers.start ? [startNew(uri, name)] : []),
    ],
  });
}
