import * as vscode from 'vscode';
import { start as plan } from '../plan/power';
import { powerVerb } from './powerVerb';

/** *Start*: switches a virtual machine on, unless others stand on its disks. */
export const start = powerVerb(() => vscode.l10n.t('Start'), 'startable', plan);
