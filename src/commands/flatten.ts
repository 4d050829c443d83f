import * as vscode from 'vscode';
import { config } from '../config';
import { CommandError } from '../host/errors';
import type { Host } from '../host/host';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { flatten as flattenPlan, overlaysToFlatten } from '../plan/flatten';
import { toScript } from '../plan/script';
import { agreed } from './agreed';
import { isScripted, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { foundIn, imagesTarget } from './imagesTarget';

const shape = { host: 'string', domain: 'string', volume: 'string', preview: 'boolean' } as const;

/** *Flatten…*: makes clones and overlays independent of what they stand on. */
export const flatten: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Flatten');
  const given = readArguments(argument, shape);
  const { host, lineage, subject } = await imagesTarget(deps, argument, selection, given, title);
  const images = overlaysToFlatten(foundIn(lineage, subject), lineage);
  const needed = await measure(images, host);
  const me = process.getuid?.();
  const planOn = (now: Lineage) => flattenPlan({ ...foundIn(now, subject), needed, me }, now);
  if (given?.preview === true) return { script: toScript(planOn(lineage), config.programPaths) };
  const verb = vscode.l10n.t('Make Independent');
  const plan = await agreed({ title, verb, host, lineage, planOn }, isScripted(argument), deps);
  await carryOut(plan, host, 'shown', deps);
  return { flattened: images.map(({ path }) => path) };
};

/** How much each image grows, where qemu-img can look at it from here. */
async function measure(images: readonly Volume[], { local, run }: Host): Promise<Map<string, number>> {
  const needed = new Map<string, number>();
  if (!local) return needed;
  for (const { path, allocation } of images) {
    try {
      const args = ['measure', '-U', '-f', 'qcow2', '-O', 'qcow2', '--output=json', path];
      const { stdout } = await run({ file: 'qemu-img', args });
      const { required } = JSON.parse(stdout) as { required: number };
      needed.set(path, Math.max(0, required - allocation));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  return needed;
}
