import * as vscode from 'vscode';
import type { Host } from '../host/host';
import { lineageOf, type Lineage } from '../lineage/lineage';
import { Refusal } from '../plan/plan';
import { Cancelled, type Option } from './ask';

/** Something on a host. */
export interface Found<T> {
  readonly host: Host;
  readonly subject: T;
}

interface Row<T> extends vscode.QuickPickItem {
  readonly value?: Found<T>;
}

/**
 * Asks for one of what all hosts have. What is known of them is there at once; what they have now comes in as they
 * answer, and a host that does not says so in a row of its own: none is waited for.
 * @param none what is said where no host has anything
 * @throws Cancelled, Refusal, or what is wrong with the only host
 */
export async function pickAcrossHosts<T>(
  hosts: readonly Host[],
  {
    title,
    placeHolder,
    none,
  }: { readonly title: string; readonly placeHolder: string; readonly none: string },
  optionsOf: (lineage: Lineage) => readonly Option<T>[],
): Promise<Found<T>> {
  const quickPick = vscode.window.createQuickPick<Row<T>>();
  Object.assign(quickPick, { title, placeholder: placeHolder, busy: true, ignoreFocusOut: true });
  Object.assign(quickPick, { matchOnDescription: true, keepScrollPosition: true });
  const waiting = new Set(hosts);
  let rows: readonly Row<T>[] = [];
  const draw = () => {
    const seen = rows.map(sightOf).join();
    rows = hosts.flatMap((host) => rowsOf(host, optionsOf, hosts.length > 1, waiting.has(host)));
    // Rows that are replaced while somebody types take the focus from the row that was found.
    if (rows.map(sightOf).join() === seen) return;
    const [first] = quickPick.items;
    const active = quickPick.activeItems[0];
    quickPick.items = rows;
    const same = rows.find((row) => active !== undefined && keyOf(row) === keyOf(active));
    if (same !== undefined && active !== first) quickPick.activeItems = [same];
  };
  try {
    return await new Promise<Found<T>>((resolve, reject) => {
      quickPick.onDidAccept(() => {
        const [selected] = quickPick.selectedItems;
        const chosen = rows.find((row) => selected !== undefined && keyOf(row) === keyOf(selected))?.value;
        if (chosen !== undefined) resolve(chosen);
      });
      quickPick.onDidHide(() => reject(new Cancelled()));
      draw();
      quickPick.show();
      for (const host of hosts)
        void host.refresh('changes').then(({ error }) => {
          waiting.delete(host);
          draw();
          if (waiting.size > 0) return;
          quickPick.busy = false;
          if (quickPick.items.some(({ value }) => value !== undefined)) return;
          // With only one host, its trouble is the answer.
          reject(hosts.length === 1 && error !== undefined ? error : new Refusal(none));
        });
    });
  } finally {
    quickPick.dispose();
  }
}

function rowsOf<T>(
  host: Host,
  optionsOf: (lineage: Lineage) => readonly Option<T>[],
  severalHosts: boolean,
  waiting: boolean,
): Row<T>[] {
  const { inventory, error } = host.state;
  const options = inventory === undefined ? [] : optionsOf(lineageOf(inventory));
  const rows = options.map((option): Row<T> => ({
    ...option,
    ...(severalHosts ? { detail: [option.detail, host.uri].filter(Boolean).join(' · ') } : {}),
    value: { host, subject: option.value },
  }));
  if (error !== undefined)
    rows.push({ label: `$(error) ${host.uri}`, detail: error.message, alwaysShow: true });
  else if (waiting && inventory === undefined)
    rows.push({
      label: `$(loading~spin) ${host.uri}`,
      detail: vscode.l10n.t('Connecting…'),
      alwaysShow: true,
    });
  return rows;
}

function sightOf<T>({ label, detail, description }: Row<T>): string {
  return JSON.stringify([label, detail, description]);
}

function keyOf<T>({ label, detail, description, value }: Row<T>): string {
  return JSON.stringify([value?.host.uri, label, detail, value === undefined ? description : '']);
}
