import * as vscode from 'vscode';
import { enableAutostart as plan } from '../plan/autostart';
import { powerVerb } from './powerVerb';

/** *Start with Host*: a virtual machine is started when its host is. */
export const enableAutostart = powerVerb(() => vscode.l10n.t('Start with Host'), 'notWithHost', plan);
