import * as vscode from 'vscode';
import { resume as plan } from '../plan/power';
import { powerVerb } from './powerVerb';

/** *Resume*: lets a suspended virtual machine go on. */
export const resume = powerVerb(() => vscode.l10n.t('Resume'), 'resumable', plan);
