import * as l10n from '@vscode/l10n';
import type { Domain, Mark } from '../host/domain';
import { markCommand } from './mark';
import type { Step } from './plan';

/** Writes a mark into the metadata of a domain, or takes it away; its way back is the mark that it has. */
export function markStep(uri: string, domain: Domain, now: Mark | undefined, title: string): Step {
  return {
    title,
    spec: markCommand(uri, domain.uuid, now),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Set back the mark of {0}', domain.name),
      done: l10n.t('the mark of {0} is as it was', domain.name),
      specs: [markCommand(uri, domain.uuid, domain.mark)],
    },
  };
}
