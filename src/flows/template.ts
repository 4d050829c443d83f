import * as vscode from 'vscode';
import type { Domain } from '../host/domain';
import { CommandError } from '../host/errors';
import type { Host } from '../host/host';
import { parseOperations, type Generalise } from '../plan/generalise';
import { Cancelled, input, pick } from './ask';
import type { Choice } from './summary';

/** What is decided about a new template, as far as it goes by now. */
export interface TemplateDraft {
  generalise: Generalise;
  prefix: string;
}

/** The choices of a new template: how it is generalised, and what it is called. */
export function templateChoices(title: string, draft: TemplateDraft, domain: Domain, host: Host): Choice[] {
  const { generalise } = draft;
  return [
    {
      label: vscode.l10n.t('Generalise'),
      value:
        generalise.kind === 'done'
          ? vscode.l10n.t('already done')
          : ['virt-sysprep', ...generalise.operations, generalise.hostname ?? ''].join(' ').trimEnd(),
      change: async () => {
        draft.generalise = await askGeneralise(title, domain, host);
      },
    },
    {
      label: vscode.l10n.t('Name begins with'),
      value: draft.prefix === '' ? vscode.l10n.t('nothing new') : draft.prefix,
      change: async () => {
        const prompt = vscode.l10n.t(
          'What the name begins with, such as "plantilla-"; empty: it stays as it is',
        );
        draft.prefix = await input(title, prompt, draft.prefix, () => undefined);
      },
    },
  ];
}

async function askGeneralise(title: string, domain: Domain, host: Host): Promise<Generalise> {
  const done: Generalise = { kind: 'done' };
  const operations = await listOperations(host);
  const kind = await pick(title, vscode.l10n.t('How it is generalised'), [
    {
      label: vscode.l10n.t('Already done'),
      detail: vscode.l10n.t(
        'machine-id, SSH host keys, host name, DHCP leases and the state of cloud-init are not in it any more',
      ),
      value: 'done',
    },
    ...(operations === undefined
      ? []
      : [
          {
            label: 'virt-sysprep',
            detail: vscode.l10n.t('takes away what must be unique; you choose what'),
            value: 'virt-sysprep',
          },
        ]),
  ]);
  if (kind === 'done' || operations === undefined) return done;
  const chosen = await vscode.window.showQuickPick(
    operations.map(({ name, standard, meaning }) => ({
      label: name,
      description: meaning,
      picked: standard,
    })),
    { title, placeHolder: vscode.l10n.t('What virt-sysprep does'), canPickMany: true, ignoreFocusOut: true },
  );
  if (chosen === undefined || chosen.length === 0) throw new Cancelled();
  const prompt = vscode.l10n.t('Host name that it leaves behind; empty: none');
  const hostname = await input(title, prompt, domain.name, (text) =>
    /^[a-z0-9.-]*$/i.test(text) && !text.startsWith('-')
      ? undefined
      : vscode.l10n.t('A host name has letters, digits, dots and hyphens.'),
  );
  return {
    kind: 'virt-sysprep',
    operations: chosen.map(({ label }) => label),
    hostname: hostname === '' ? undefined : hostname,
  };
}

/** What virt-sysprep can do; undefined where it is not installed, or could not reach the images. */
async function listOperations({ local, run }: Host) {
  if (!local) return undefined;
  try {
    return parseOperations((await run({ file: 'virt-sysprep', args: ['--list-operations'] })).stdout);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
