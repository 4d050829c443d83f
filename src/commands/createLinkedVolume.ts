import * as vscode from 'vscode';
import { config } from '../config';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { input } from '../flows/ask';
import { confirmPlan } from '../flows/summary';
import { poolChoice, sizeChoice, toolChoice } from '../flows/volumeChoices';
import { findPool, findVolume, samePool } from '../flows/targets';
import { linkedVolume } from '../plan/linkedVolume';
import { freeName, volumeNameProblem } from '../plan/names';
import { namesIn, volumeTools, type VolumeTool } from '../plan/overlay';
import { toScript } from '../plan/script';
import { readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command } from './command';
import { volumeTarget } from './volumeTarget';

const shape = {
  host: 'string',
  volume: 'string',
  name: 'string',
  pool: 'string',
  capacity: 'number',
  volumeTool: volumeTools,
  preview: 'boolean',
} as const;

/** *Create Linked Volume…*: an overlay on a volume, without a machine. */
export const createLinkedVolume: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Create Linked Volume');
  const given = readArguments(argument, shape);
  const { host, lineage, subject: base } = await volumeTarget(deps, argument, given, title);
  const defaultPool = lineage.poolOf(base);
  const draft: { pool: Pool | undefined; capacity: number | undefined; volumeTool: VolumeTool } = {
    pool: given?.pool === undefined ? defaultPool : findPool(lineage, given.pool),
    capacity: given?.capacity,
    volumeTool: given?.volumeTool ?? config.volumeTool,
  };
  const name = given?.name ?? (await askVolumeName(title, base, defaultPool));
  const planOn = (now: Lineage) =>
    linkedVolume({ base: findVolume(now, base.path), name, ...draft, pool: samePool(draft.pool, now) }, now);
  const plan = () => planOn(lineage);
  if (given?.preview === true) return { script: toScript(plan(), config.programPaths) };
  const choices = () => [
    toolChoice(title, draft),
    poolChoice(title, draft, lineage.inventory.pools),
    sizeChoice(title, draft, base.capacity),
  ];
  const showScript = (script: string) => deps.documents.show(name, 'sh', script);
  const chosen =
    given === undefined
      ? await confirmPlan(title, vscode.l10n.t('Create'), plan, choices, showScript)
      : plan();
  await carryOut(given === undefined ? await stillTrue(chosen, host, planOn) : chosen, host, 'shown', deps);
  await deps.explorer.revealVolume(host, chosen.path);
  return { path: chosen.path };
};

function askVolumeName(title: string, base: Volume, pool: Pool | undefined): Promise<string> {
  const taken = namesIn(pool);
  const stem = base.name.replace(/\.(qcow2|img|raw)$/i, '');
  const proposal = freeName(`${stem}-linked`, (name) => !taken.has(`${name}.qcow2`));
  return input(title, vscode.l10n.t('Name of the new volume'), `${proposal}.qcow2`, (text) =>
    volumeNameProblem(text, taken),
  );
}
