import * as vscode from 'vscode';
import { isActive, type Domain } from '../host/domain';
import type { SnapshotAnswers, Storage } from '../plan/snapshot';
import { input, pick } from './ask';
import type { Choice } from './summary';

/** What a person decides about a snapshot; the choices change it. */
export type SnapshotDraft = {
  -readonly [K in 'name' | 'description' | 'memory' | 'storage']: SnapshotAnswers[K];
};

/** What can be chosen about a snapshot. */
export function snapshotChoices(title: string, draft: SnapshotDraft, domain: Domain): Choice[] {
  const description: Choice = {
    label: vscode.l10n.t('Description'),
    value: draft.description,
    change: async () => {
      const prompt = vscode.l10n.t('What the snapshot is for');
      draft.description = await input(title, prompt, draft.description, () => undefined);
    },
  };
  return [
    description,
    ...(isActive(domain) ? [memoryChoice(title, draft)] : []),
    storageChoice(title, draft),
  ];
}

function memoryChoice(title: string, draft: SnapshotDraft): Choice {
  const label = vscode.l10n.t('Memory');
  const kept = vscode.l10n.t('kept: reverting goes on from there');
  const left = vscode.l10n.t('left out: the disks alone');
  return {
    label,
    value: draft.memory ? kept : left,
    change: async () => {
      draft.memory = await pick(title, label, [
        { label: kept, value: true },
        { label: left, value: false },
      ]);
      // Of disks alone that are being written to, libvirt makes no other ones.
      if (!draft.memory) draft.storage = 'external';
    },
  };
}

function storageChoice(title: string, draft: SnapshotDraft): Choice {
  const label = vscode.l10n.t('Storage');
  const meaning: Readonly<Record<Storage, string>> = {
    internal: vscode.l10n.t('internal: in the images themselves'),
    external: vscode.l10n.t('external: the machine goes on in a new overlay'),
  };
  return {
    label,
    value: meaning[draft.storage],
    change: async () => {
      const options = (['internal', 'external'] as const).map((value) => ({ label: meaning[value], value }));
      draft.storage = await pick(title, label, options);
    },
  };
}
