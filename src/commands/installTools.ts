import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { config } from '../config';
import { installCommand } from '../plan/installTools';
import { Refusal } from '../plan/plan';
import { commandLine } from '../plan/script';
import { terminalExecute } from '../run/terminal';
import { readArguments } from './arguments';
import type { Command } from './command';

/**
 * *Install Libvirt in Terminal*: the command of this machine's distribution, in a terminal where it asks before it
 * changes anything. Returns the command and whether it succeeded; with `preview`, it is not run.
 */
export const installTools: Command = async ({ hosts }, argument) => {
  const { preview = false } = readArguments(argument, { preview: 'boolean' }) ?? {};
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const spec = installCommand(release, process.arch, process.geteuid?.() === 0);
  if (spec === undefined) {
    throw new Refusal(
      vscode.l10n.t(
        'It is not known here how this system installs libvirt. Install libvirt with its client tools, QEMU, qemu-img and virt-install by its own means.',
      ),
    );
  }
  if (preview) return { command: commandLine(spec) };
  const execute = terminalExecute(() => config.programPaths, 'asking');
  const { exitCode } = await execute(spec, vscode.l10n.t('Install libvirt'));
  await Promise.all((await hosts.all()).map((host) => host.refresh()));
  return { command: commandLine(spec), installed: exitCode === 0 };
};
