import * as vscode from 'vscode';
import { disableAutostart as plan } from '../plan/autostart';
import { powerVerb } from './powerVerb';

/** *Start with Host No Longer*: a virtual machine stays off when its host is started. */
export const disableAutostart = powerVerb(() => vscode.l10n.t('Start with Host No Longer'), 'withHost', plan);
