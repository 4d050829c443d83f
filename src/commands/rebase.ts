import * as vscode from 'vscode';
import { config } from '../config';
import { pick } from '../flows/ask';
import { findDomain, findVolume } from '../flows/targets';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { Refusal } from '../plan/plan';
import { canStandOn, overlaysToRebase, rebase as rebasePlan } from '../plan/rebase';
import { toScript } from '../plan/script';
import { sizeText } from '../words/size';
import { agreed } from './agreed';
import { isScripted, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { foundIn, imagesTarget, newBaseShape, type Found } from './imagesTarget';

/** *Rebase…*: lets a clone, or all clones of a template, stand on another version of their base, with their contents. */
export const rebase: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Rebase');
  const given = readArguments(argument, newBaseShape);
  const { host, lineage, subject } = await imagesTarget(deps, argument, selection, given, title);
  const images = overlaysOf(foundIn(lineage, subject), lineage);
  if (images.length === 0) throw new Refusal(vscode.l10n.t('Nothing stands on it that could be rebased.'));
  const base =
    given?.base === undefined ? await askBase(title, images, lineage) : baseNamed(given.base, lineage);
  const now = Date.now() / 1000;
  const me = process.getuid?.();
  const planOn = (later: Lineage) =>
    rebasePlan(
      {
        images: overlaysOf(foundIn(later, subject), later),
        base: findVolume(later, base.path),
        now,
        me,
      },
      later,
    );
  if (given?.preview === true) return { script: toScript(planOn(lineage), config.programPaths) };
  const verb = vscode.l10n.t('Rebase');
  const plan = await agreed({ title, verb, host, lineage, planOn }, isScripted(argument), deps);
  await carryOut(plan, host, 'shown', deps);
  return { rebased: images.map(({ path }) => path), base: base.path };
};

function overlaysOf({ domains, volumes }: Found, lineage: Lineage): Volume[] {
  const own = domains.flatMap((domain) =>
    lineage.imagesOf(domain).flatMap((path) => lineage.volume(path) ?? []),
  );
  return overlaysToRebase([...own, ...volumes], lineage);
}

function baseNamed(word: string, lineage: Lineage): Volume {
  if (word.startsWith('/')) return findVolume(lineage, word);
  const [path] = lineage.imagesOf(findDomain(lineage, word));
  if (path === undefined) throw new Refusal(vscode.l10n.t('{0} has no writable disk to clone.', word));
  return findVolume(lineage, path);
}

function askBase(title: string, images: readonly Volume[], lineage: Lineage): Promise<Volume> {
  const candidates = [...lineage.images].filter(
    (base) =>
      base.format !== 'iso' &&
      (base.type === 'file' || base.type === 'block') &&
      lineage.poolOf(base) !== undefined &&
      images.every(
        (image) => canStandOn(image, base, lineage) && !lineage.same(image.backing?.path ?? '', base.path),
      ),
  );
  // A base that is read-only or has clones is more likely meant than somebody's disk.
  const isBase = ({ path, mode = 0o200 }: Volume) =>
    (mode & 0o222) === 0 || lineage.overlaysOf(path).length > 0;
  const sorted = [...candidates.filter(isBase), ...candidates.filter((one) => !isBase(one))];
  if (sorted.length === 0)
    throw new Refusal(vscode.l10n.t('There is no other image that it could stand on.'));
  return pick(
    title,
    vscode.l10n.t('New base of {0}', images.map(({ name }) => name).join(', ')),
    sorted.map((base) => ({
      label: base.name,
      description: [base.format, sizeText(base.capacity, vscode.env.language)].join(' · '),
      detail: [base.path, ...lineage.usersOf(base.path).map(({ name }) => name)].join(' · '),
      value: base,
    })),
  );
}
