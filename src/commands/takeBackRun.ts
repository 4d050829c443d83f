import path from 'node:path';
import * as vscode from 'vscode';
import { config } from '../config';
import { reserve } from '../host/files';
import type { Host } from '../host/host';
import { touchedBy } from '../plan/touched';
import { readJournal, type Journal, type Recorded } from '../run/journal';
import { leftOver } from '../run/planFailure';
import type { Means } from '../run/runPlan';
import { undoAll, type Undone } from '../run/undoAll';
import type { Deps } from './command';
import { inLog } from './inLog';

/** Where the journals of runs lie. */
export function journalsIn({ storage }: Pick<Deps, 'storage'>): string {
  return path.join(storage.fsPath, 'runs');
}

/** Takes a run back as soon as its host is reached again, and says so. */
export function undoWhenBack(host: Host, journal: Journal, deps: Deps): void {
  const stop = host.onDidChange(() => {
    if (host.state.error !== undefined) return;
    stop();
    void takeBackNow(host, journal, deps);
  });
}

async function takeBackNow(host: Host, journal: Journal, deps: Deps): Promise<void> {
  const run = await readJournal(journal.file);
  if (run !== undefined) report(run, await takeBack(run, journal, host, deps));
}

/**
 * Takes back what a recorded run has made, in a terminal of its own, and reads the host anew. The journal is closed when
 * nothing is left; where the host goes away meanwhile, the rest follows when it is back.
 */
export async function takeBack(run: Recorded, journal: Journal, host: Host, deps: Deps): Promise<Undone> {
  const piped = host.pipedRun();
  const terminal = deps.terminals.own(run.plan.title);
  const { uri, local } = host;
  const execute = terminal.execute(piped.run, config.programPaths, inLog(deps));
  const onOver: Means['onOver'] = (undo) => journal.over(undo);
  let undone: Undone;
  try {
    undone = await undoAll(run.undos, { uri, run: piped.run, local, reserve, execute, onOver });
  } finally {
    terminal.end();
    piped.dispose();
    await host.reread(touchedBy(run.plan));
  }
  if (undone.unreached) undoWhenBack(host, journal, deps);
  else if (undone.left.length === 0) await journal.close();
  return undone;
}

/** Says what was taken back, what could not be, and what stays because it was whole. */
export function report({ plan, done }: Recorded, taken: Undone): void {
  const { undone, left } = taken;
  const words = [
    left.length === 0
      ? vscode.l10n.t('"{0}" was taken back.', plan.title)
      : vscode.l10n.t('"{0}" was not taken back as a whole.', plan.title),
    ...(undone.length === 0 ? [] : [vscode.l10n.t('Undone: {0}.', undone.join('; '))]),
    ...(done.size === 0 ? [] : [vscode.l10n.t('Whole, and therefore kept: {0}.', [...done].join(', '))]),
    ...leftOver(taken),
  ];
  const show = left.length === 0 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  void show(words.join(' '));
}
