import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';
import type { Host } from '../host/host';
import { bootLogFile, keepBootLog } from '../plan/bootLog';
import { Refusal } from '../plan/plan';
import { isScripted } from './arguments';
import { carryOut } from './carryOut';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/**
 * *Show Boot Log*: what a machine has said on its serial line since its last start, where libvirt keeps that; where it
 * does not, it is asked to from the next start on. Returns the file.
 */
export const showBootLog: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Show Boot Log');
  const { host, lineage, subject } = await domainTarget(deps, argument, title, 'any');
  const { name, bootLog } = subject;
  if (bootLog !== undefined) {
    await show(host, name, bootLog);
    return { file: bootLog };
  }
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const file = bootLogFile(name, host.uri, cache, host.local);
  const plan = keepBootLog(subject, file, lineage);
  if (!isScripted(argument)) await confirmKeeping(name, file);
  // A session's libvirt does not make the directory for it.
  if (file.startsWith(cache)) await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await carryOut(plan, host, 'quiet', deps);
  return { file };
};

async function confirmKeeping(name: string, file: string): Promise<void> {
  const keep = vscode.l10n.t('Keep Boot Log');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('No boot log of {0} is kept. Keep it from the next start on?', name),
    {
      modal: true,
      detail: vscode.l10n.t('libvirt writes it to {0}, and begins it anew at each start.', file),
    },
    keep,
  );
  if (chosen !== keep) throw new Cancelled();
}

async function show(host: Host, name: string, file: string): Promise<void> {
  if (!host.local)
    throw new Refusal(vscode.l10n.t('The boot log of {0} is on its host, in {1}.', name, file));
  const problem = await access(file, constants.R_OK).then(
    () => undefined,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  if (problem === 'ENOENT')
    throw new Refusal(vscode.l10n.t('{0} has not been started since its boot log is kept.', name));
  if (problem !== undefined)
    throw new Refusal(
      vscode.l10n.t('Only root may read the boot log. Read it with: {0}', `sudo less ${file}`),
    );
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}
