import { posix } from 'node:path';
import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';
import { askHost } from '../flows/hosts';
import { findVolume, freshTarget, hostOf } from '../flows/targets';
import type { Host } from '../host/host';
import { nvramDirectory, strayNvramFiles, type NvramFile } from '../host/nvramFiles';
import type { Lineage } from '../lineage/lineage';
import { orphansOf, type Orphan, type OrphanKind } from '../lineage/orphans';
import { Refusal } from '../plan/plan';
import { removeOrphans } from '../plan/removeOrphans';
import { unseenSentence } from '../words/health';
import { sizeText } from '../words/size';
import { isNode, isScripted, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command, Deps } from './command';

interface Row extends vscode.QuickPickItem {
  readonly orphan?: Orphan;
  readonly nvram?: NvramFile;
}

/**
 * *Find Orphans…*: volumes and UEFI variables that nobody needs, with the space each would free; deletes what a person
 * chooses. For a script it only tells them.
 */
export const findOrphans: Command = async (deps, argument) => {
  const host = await target(deps, argument);
  const { lineage } = await freshTarget(host, () => undefined);
  const orphans = orphansOf(lineage, Date.now() / 1000);
  const unseen = unseenSentence(lineage);
  const nvram = await stray(host, lineage);
  if (isScripted(argument)) {
    const volumes = orphans.map(({ kind, volume: { path, allocation } }) => ({ path, kind, allocation }));
    return {
      orphans: [...volumes, ...nvram.map(({ path, allocation }) => ({ path, kind: 'nvram', allocation }))],
      ...(unseen === undefined ? {} : { unseen }),
    };
  }
  if (orphans.length + nvram.length === 0)
    throw new Refusal(sentences(vscode.l10n.t('There are no orphans on {0}.', host.uri), unseen));
  const chosen = await choose(orphans, nvram);
  const paths = chosen.flatMap(({ orphan }) => orphan?.volume.path ?? []);
  const files = chosen.flatMap((row) => row.nvram ?? []);
  const me = process.getuid?.();
  const planOn = (now: Lineage) =>
    removeOrphans({ volumes: paths.map((path) => findVolume(now, path)), nvram: files, me }, now);
  const draft = planOn(lineage);
  await confirm(chosen, unseen);
  await carryOut(await stillTrue(draft, host, planOn), host, 'shown', deps);
  return { deleted: [...paths, ...files.map(({ path }) => path)] };
};

async function target({ hosts }: Deps, argument: unknown): Promise<Host> {
  if (isNode(argument)) return argument.host;
  const given = readArguments(argument, { host: 'string' });
  const all = await hosts.all();
  if (given !== undefined || all.length === 1) return hostOf(hosts, given?.host);
  return askHost(vscode.l10n.t('Find Orphans'), vscode.l10n.t('Host to look on'), all);
}

async function stray(host: Host, { inventory }: Lineage): Promise<NvramFile[]> {
  if (!host.local) return [];
  return strayNvramFiles(nvramDirectory(host.uri, process.env), inventory.domains);
}

const order: readonly OrphanKind[] = ['overlay', 'disk', 'base', 'young', 'media'];

async function choose(orphans: readonly Orphan[], nvram: readonly NvramFile[]): Promise<readonly Row[]> {
  const locale = vscode.env.language;
  const groups = order.flatMap((kind): Row[] => {
    const rows = orphans
      .filter((orphan) => orphan.kind === kind)
      .sort((a, b) => b.volume.allocation - a.volume.allocation)
      .map((orphan): Row => ({
        label: orphan.volume.name,
        description: sizeText(orphan.volume.allocation, locale),
        detail: orphan.volume.path,
        orphan,
      }));
    return rows.length === 0
      ? []
      : [{ label: kindWord(kind), kind: vscode.QuickPickItemKind.Separator }, ...rows];
  });
  const files: Row[] = nvram.map((file) => ({
    label: posix.basename(file.path),
    description: sizeText(file.allocation, locale),
    detail: file.path,
    nvram: file,
  }));
  const separator = {
    label: vscode.l10n.t('UEFI variables of machines that are gone'),
    kind: vscode.QuickPickItemKind.Separator,
  };
  const total = [...orphans.map(({ volume }) => volume), ...nvram].reduce(
    (sum, { allocation }) => sum + allocation,
    0,
  );
  const chosen = await vscode.window.showQuickPick<Row>(
    [...groups, ...(files.length === 0 ? [] : [separator, ...files])],
    {
      title: vscode.l10n.t('Find Orphans'),
      placeHolder: vscode.l10n.t('Choose what is deleted; all together take {0}', sizeText(total, locale)),
      canPickMany: true,
      ignoreFocusOut: true,
      matchOnDetail: true,
    },
  );
  if (chosen === undefined || chosen.length === 0) throw new Cancelled();
  return chosen;
}

function kindWord(kind: OrphanKind): string {
  switch (kind) {
    case 'overlay':
      return vscode.l10n.t('Overlays that no machine has');
    case 'disk':
      return vscode.l10n.t('Disks that no machine has');
    case 'base':
      return vscode.l10n.t('Bases on which nothing needed stands');
    case 'young':
      return vscode.l10n.t('Written within the last hour');
    case 'media':
      return vscode.l10n.t('Media and uploads');
  }
}

function sentences(...all: readonly (string | undefined)[]): string {
  return all.filter((one) => one !== undefined).join(' ');
}

async function confirm(chosen: readonly Row[], unseen: string | undefined): Promise<void> {
  const bytes = chosen.reduce(
    (sum, { orphan, nvram }) => sum + (orphan?.volume.allocation ?? nvram?.allocation ?? 0),
    0,
  );
  const verb = vscode.l10n.t('Delete');
  const question = vscode.l10n.t(
    'Delete {0} orphans, {1}?',
    chosen.length,
    sizeText(bytes, vscode.env.language),
  );
  const list = chosen.map((row) => `${row.detail ?? ''} (${row.description ?? ''})`);
  const detail = [...list, ...(unseen === undefined ? [] : ['', unseen])].join('\n');
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, verb)) !== verb)
    throw new Cancelled();
}
