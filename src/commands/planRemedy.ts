import * as vscode from 'vscode';
import { PartsFailure, type PlanFailure } from '../run/planFailure';
import type { Deps } from './command';

/** What a person can do next where a command of a plan has failed, as a button; undefined where the words say it all. */
export function planRemedy(error: PlanFailure | PartsFailure, deps: Deps): vscode.Command | undefined {
  const failures = error instanceof PartsFailure ? [...error.failed.values()] : [error];
  return failures.map((failure) => remedyOf(failure, deps)).find((remedy) => remedy !== undefined);
}

function remedyOf({ explanation, step }: PlanFailure, { hosts, explorer }: Deps): vscode.Command | undefined {
  const [, uri] = step.spec.args;
  const host = hosts.known.find((candidate) => candidate.uri === uri);
  if (explanation === undefined || host === undefined) return undefined;
  const { kind, subject } = explanation;
  switch (kind) {
    case 'networkInactive': {
      const node = explorer.networkNode(host, subject);
      const title = vscode.l10n.t('Start Network');
      return node === undefined ? undefined : { title, command: 'libvirt.startNetwork', arguments: [node] };
    }
    case 'baseMissing': {
      const node = step.verify?.kind === 'state' ? explorer.domainNode(host, step.verify.domain) : undefined;
      const title = vscode.l10n.t('Relink…');
      return node === undefined ? undefined : { title, command: 'libvirt.relink', arguments: [node] };
    }
    case 'diskFull':
      return { title: vscode.l10n.t('Find Orphans…'), command: 'libvirt.findOrphans' };
    default:
      return undefined;
  }
}
