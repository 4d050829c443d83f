import * as vscode from 'vscode';
import { currentLineage, findDomain, type Target } from '../flows/targets';
import type { Deps } from './command';
import { offerStart } from './offerStart';

/** The outcome for scripts: the new machines. */
export interface Outcome {
  readonly clones: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly volumes: readonly string[];
  }[];
}

/** Shows the new machines, and says for a script what they are. */
export async function finish(
  deps: Deps,
  { host, subject: names }: Target<readonly string[]>,
  byHand: boolean,
): Promise<Outcome> {
  const lineage = currentLineage(host);
  const domains = names.map((name) => findDomain(lineage, name));
  const [first] = domains;
  if (first !== undefined) await deps.explorer.revealDomain(host, first.uuid);
  if (byHand && first !== undefined && domains.length === 1) void offerStart(host, first, deps);
  else if (byHand) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} virtual machines have been created: {1}.', names.length, names.join(', ')),
    );
  }
  return {
    clones: domains.map((domain) => ({
      name: domain.name,
      uuid: domain.uuid,
      volumes: lineage.imagesOf(domain),
    })),
  };
}
