import * as vscode from 'vscode';
import { patiently } from '../flows/patiently';
import { refreshAll } from '../host/refreshAll';
import type { Command } from './command';

/** *Refresh*: reads all hosts anew; returns when those are read that could be read before. */
export const refresh: Command = async ({ hosts }) => {
  const all = await hosts.all();
  await patiently(vscode.l10n.t('Reading hosts'), () => refreshAll(all));
};
