import * as l10n from '@vscode/l10n';
import type { DomainState } from '../host/domain';
import type { TemplateReason } from '../lineage/template';

/** A domain's state in virsh's own words. */
export function stateWord(state: DomainState): string {
  switch (state) {
    case 'running':
      return l10n.t('running');
    case 'blocked':
      return l10n.t('idle');
    case 'paused':
      return l10n.t('paused');
    case 'shutdown':
      return l10n.t('in shutdown');
    case 'shutoff':
      return l10n.t('shut off');
    case 'crashed':
      return l10n.t('crashed');
    case 'pmsuspended':
      return l10n.t('suspended by the guest');
    case 'nostate':
      return l10n.t('no state');
  }
}

/** Why a machine counts as a template, as a sentence. */
export function reasonSentence(reason: TemplateReason): string {
  switch (reason) {
    case 'marked':
      return l10n.t('It is marked as a template in its metadata.');
    case 'readOnly':
      return l10n.t('It counts as a template because it is switched off and its images are read-only.');
    case 'name':
      return l10n.t('It counts as a template by its name.');
    case 'base':
      return l10n.t('It counts as a template because linked clones or other overlays stand on its disks.');
  }
}
