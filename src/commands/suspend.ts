import * as vscode from 'vscode';
import { suspend as plan } from '../plan/power';
import { powerVerb } from './powerVerb';

/** *Suspend*: stops a virtual machine's processors; its memory stays as it is. */
export const suspend = powerVerb(() => vscode.l10n.t('Suspend'), 'awake', plan);
