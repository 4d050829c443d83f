import * as vscode from 'vscode';
import { config } from '../config';
import { pick } from '../flows/ask';
import { findVolume } from '../flows/targets';
import type { Host } from '../host/host';
import { fitOf } from '../host/sameImage';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { proofOf, type Proof } from '../lineage/proof';
import { Refusal } from '../plan/plan';
import { relink as relinkPlan, relinkCandidates } from '../plan/relink';
import { toScript } from '../plan/script';
import { agreed } from './agreed';
import { isScripted, readArguments } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { foundIn, imagesTarget, newBaseShape } from './imagesTarget';

/** An image that may be the base of an overlay, with what speaks for it. */
interface Candidate {
  readonly base: Volume;
  readonly proof: Proof;
}

/** *Relink…*: tells an overlay where its base is now, after it was proved to be the same image. */
export const relink: Command = async (deps, argument, selection) => {
  const title = vscode.l10n.t('Relink');
  const given = readArguments(argument, newBaseShape);
  const { host, lineage, subject } = await imagesTarget(deps, argument, selection, given, title);
  const image = overlayOf(foundIn(lineage, subject), lineage);
  const base = given?.base;
  const candidates = await weigh(
    image,
    base === undefined ? relinkCandidates(image, lineage) : [findVolume(lineage, base)],
    lineage,
    host,
  );
  const chosen = base === undefined ? await ask(title, image, candidates) : candidates[0];
  if (chosen?.proof !== 'same') throw new Refusal(whyNot(image, chosen));
  const now = Date.now() / 1000;
  const me = process.getuid?.();
  const planOn = (later: Lineage) =>
    relinkPlan(
      { image: findVolume(later, image.path), base: findVolume(later, chosen.base.path), now, me },
      later,
    );
  if (given?.preview === true) return { script: toScript(planOn(lineage), config.programPaths) };
  const verb = vscode.l10n.t('Relink');
  const plan = await agreed({ title, verb, host, lineage, planOn }, isScripted(argument), deps);
  await carryOut(plan, host, 'shown', deps);
  return { relinked: image.path, base: chosen.base.path };
};

/** The one overlay that is meant: of a machine's, the first whose base is missing. */
function overlayOf({ domains, volumes }: ReturnType<typeof foundIn>, lineage: Lineage): Volume {
  const images = [
    ...volumes,
    ...domains.flatMap((domain) =>
      lineage
        .imagesOf(domain)
        .flatMap((path) => [path, ...lineage.chain(path)].flatMap((one) => lineage.volume(one) ?? [])),
    ),
  ].filter(({ backing }) => backing !== undefined);
  const broken = images.find(
    ({ backing }) => backing?.found === false && lineage.volume(backing.path) === undefined,
  );
  const image = broken ?? images[0];
  if (image !== undefined) return image;
  throw new Refusal(vscode.l10n.t('It stands on nothing.'));
}

async function weigh(
  image: Volume,
  bases: readonly Volume[],
  lineage: Lineage,
  { local }: Host,
): Promise<Candidate[]> {
  const weighed: Candidate[] = [];
  for (const base of bases) {
    const levels = [base.path, ...lineage.chain(base.path)];
    const fit = local ? await fitOf(image.path, levels) : undefined;
    weighed.push({ base, proof: proofOf(image, base, fit, lineage) });
  }
  return weighed;
}

function ask(title: string, image: Volume, candidates: readonly Candidate[]): Promise<Candidate> {
  if (candidates.length === 0) {
    throw new Refusal(
      vscode.l10n.t(
        'No image in the pools could be the base {0}. Start or refresh the pool in which it is now.',
        image.backing?.path ?? '',
      ),
    );
  }
  const sorted = [...candidates].sort((a, b) => Number(b.proof === 'same') - Number(a.proof === 'same'));
  return pick(
    title,
    vscode.l10n.t('Where {0} is now', image.backing?.path ?? ''),
    sorted.map((candidate) => ({
      label: candidate.base.path,
      description: proofWord(candidate.proof),
      value: candidate,
    })),
  );
}

function proofWord(proof: Proof): string {
  switch (proof) {
    case 'same':
      return vscode.l10n.t('the same image');
    case 'newer':
      return vscode.l10n.t('was written to since');
    case 'older':
      return vscode.l10n.t('an older version');
    case 'otherContents':
      return vscode.l10n.t('another image: its contents do not fit');
    case 'unknown':
      return vscode.l10n.t('not proved to be the same image');
  }
}

function whyNot(image: Volume, chosen: Candidate | undefined): string {
  return vscode.l10n.t(
    '{0} is not relinked to {1}: {2}. On a wrong base its guest would find other contents on its disk.',
    image.name,
    chosen?.base.path ?? '',
    chosen === undefined ? '' : proofWord(chosen.proof),
  );
}
