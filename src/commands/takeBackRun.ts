import path from 'node:path';
import * as vscode from 'vscode';
import { reserve } from '../host/files';
import type { Host } from '../host/host';
import { touchedBy } from '../plan/touched';
import { claim, readJournal, type Recorded } from '../run/journal';
import type { Means } from '../run/runPlan';
import { RunTerminal } from '../run/runTerminal';
import { undoAll, type Undone } from '../run/undoAll';
import type { Deps } from './command';

/** Where the journals of runs lie. */
export function journalsIn({ storage }: Pick<Deps, 'storage'>): string {
  return path.join(storage.fsPath, 'runs');
}

/** Takes a run back as soon as its host is reached again. */
export function undoWhenBack(host: Host, file: string): void {
  const stop = host.onDidChange(() => {
    if (host.state.error !== undefined) return;
    stop();
    void takeBackNow(host, file);
  });
}

async function takeBackNow(host: Host, file: string): Promise<void> {
  const run = await readJournal(file);
  if (run === undefined || !(await claim(run))) return;
  report(run, await takeBack(run, host));
}

/** Takes back what a recorded run has made, in a terminal of its own, and reads the host anew. */
export async function takeBack(run: Recorded, host: Host): Promise<Undone> {
  const terminal = new RunTerminal(run.plan.title, host.run);
  try {
    const { uri, local } = host;
    const means: Means = { uri, run: host.run, local, reserve, execute: terminal.execute };
    return await undoAll(run.undos, means);
  } finally {
    terminal.dispose();
    await host.reread(touchedBy(run.plan));
  }
}

/** Says what was taken back, and what could not be. */
export function report({ plan }: Recorded, { undone, left }: Undone): void {
  const words = [
    vscode.l10n.t('"{0}" was taken back.', plan.title),
    ...(undone.length === 0 ? [] : [vscode.l10n.t('Undone: {0}.', undone.join('; '))]),
    ...(left.length === 0 ? [] : [vscode.l10n.t('Not undone, to be removed by hand: {0}', left.join('; '))]),
  ];
  void vscode.window.showInformationMessage(words.join(' '));
}
