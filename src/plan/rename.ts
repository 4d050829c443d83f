import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { domainNameProblem } from './names';
import { Refusal, runnable, type Plan, type Step } from './plan';

/**
 * The command that gives a machine another name. Nothing on disk changes (HAZARDS 41), and who stands on its images
 * follows their paths: so a template may be renamed too.
 * @throws Refusal where it is not off, its memory is saved, or the name cannot be had
 */
export function rename({ domain, name }: RenameAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  checkRenamable(domain);
  const problem = renameProblem(name, lineage);
  if (problem !== undefined) throw new Refusal(problem);
  const step = renameStep(uri, domain, name);
  return runnable({ title: step.title, uri, notes: notesOn(domain, lineage), steps: [step] });
}

/** What a person decides. */
export interface RenameAnswers {
  readonly domain: Domain;
  readonly name: string;
}

/** Why a machine cannot get this name, or undefined if it can. */
export function renameProblem(name: string, { inventory }: Lineage): string | undefined {
  return domainNameProblem(name, new Set(inventory.domains.map((one) => one.name)));
}

/** @throws Refusal where no name could be given */
export function checkRenamable({ name, state, persistent, baggage }: Domain): void {
  if (isActive({ state })) throw new Refusal(l10n.t('{0} is not switched off. Shut it down first.', name));
  if (!persistent) throw new Refusal(l10n.t('{0} vanishes when it is switched off.', name));
  if (baggage?.managedSave === true) {
    throw new Refusal(
      l10n.t(
        'libvirt renames no machine whose memory is saved. Start {0} and shut it down, or discard its saved state.',
        name,
      ),
    );
  }
}

/** The step that renames a machine that is off. */
export function renameStep(uri: string, { uuid, name: before }: Domain, name: string): Step {
  const to = (wish: string) => virsh(uri, 'domrename', '--domain', uuid, '--new-name', wish);
  return {
    title: l10n.t('Rename {0} to {1}', before, name),
    spec: to(name),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Rename {0} to {1}', name, before),
      done: l10n.t('{0} has its name again', before),
      specs: [to(before)],
    },
    verify: { kind: 'named', uuid, name },
  };
}

/** What keeps the old name. */
function notesOn(domain: Domain, lineage: Lineage): string[] {
  const files = [...lineage.imagesOf(domain), ...(domain.nvramFile === undefined ? [] : [domain.nvramFile])];
  const named = files.map((file) => posix.basename(file)).filter((file) => file.includes(domain.name));
  return named.length === 0 ? [] : [l10n.t('These files keep their names: {0}.', named.join(', '))];
}
