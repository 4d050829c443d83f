import * as vscode from 'vscode';
import { reboot as plan } from '../plan/power';
import { powerVerb } from './powerVerb';

/** *Reboot*: asks the guest of a virtual machine to restart. */
export const reboot = powerVerb(() => vscode.l10n.t('Reboot'), 'awake', plan);
