import { userInfo } from 'node:os';
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { input } from '../flows/ask';
import { askHost } from '../flows/hosts';
import { freshTarget, hostOf } from '../flows/targets';
import type { Host } from '../host/host';
import type { Lineage } from '../lineage/lineage';
import { createPool as poolPlan, directoryProblem } from '../plan/createPool';
import { toScript } from '../plan/script';
import { isNode, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command, Deps } from './command';

const shape = { host: 'string', directory: 'string', name: 'string', preview: 'boolean' } as const;

/** *Create Storage Pool…*: makes a directory one, in which the disks of machines and clones lie. */
export const createPool: Command = async (deps, argument) => {
  const given = readArguments(argument, shape);
  const { host, lineage } = await freshTarget(await target(deps, argument, given?.host), () => undefined);
  const directory = given?.directory ?? (await ask(host, lineage));
  const planOn = (now: Lineage) => poolPlan({ directory, name: given?.name }, now);
  const plan = planOn(lineage);
  if (given?.preview === true) return { script: toScript(plan) };
  await carryOut(await stillTrue(plan, host, planOn), host, 'shown', deps);
  await host.refresh('changes');
  return { directory };
};

async function target({ hosts }: Deps, argument: unknown, uri: string | undefined): Promise<Host> {
  if (isNode(argument)) return argument.host;
  const all = await hosts.all();
  if (uri !== undefined || all.length === 1) return hostOf(hosts, uri);
  return askHost(vscode.l10n.t('Create Storage Pool'), vscode.l10n.t('Host to make it on'), all);
}

/** Proposed is where libvirt itself would put images: a session's own cannot write to those of the system. */
async function ask({ uri, local }: Host, lineage: Lineage): Promise<string> {
  const ofUser = local && new URL(uri).pathname === '/session';
  const data = process.env.XDG_DATA_HOME ?? posix.join(userInfo().homedir, '.local/share');
  const usual = ofUser ? posix.join(data, 'libvirt/images') : '/var/lib/libvirt/images';
  const title = vscode.l10n.t('Create Storage Pool');
  const prompt = vscode.l10n.t('Directory for the disks; it is made where there is none.');
  const directory = await input(title, prompt, usual, (text) => directoryProblem(text.trim(), lineage));
  return directory.trim();
}
