import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { Host } from '../host/host';
import { findKnownHosts, type HostSource } from '../host/knownHosts';
import { uriProblem } from '../host/uri';
import { input, pick, pickOrOther, type Option } from './ask';

/** Asks for the URI of a host that is not shown yet: one that this machine knows of, or any other. */
export async function askNewHost(title: string, shown: readonly string[]): Promise<string> {
  const other = { label: vscode.l10n.t('Another URI…'), iconPath: new vscode.ThemeIcon('edit') };
  const chosen = await pickOrOther(title, vscode.l10n.t('Host to show'), knownOptions(shown), other);
  if ('value' in chosen) return chosen.value;
  const uri = await input(
    title,
    vscode.l10n.t('URI of the host: {0}', 'scheme[+transport]://[user@][host][:port]/path[?query]'),
    chosen.typed === '' ? 'qemu+ssh://' : chosen.typed,
    (text) => newHostProblem(text.trim(), shown),
  );
  return uri.trim();
}

/** Asks for one of the hosts that are shown. */
export async function askHost(title: string, placeHolder: string, hosts: readonly Host[]): Promise<Host> {
  return pick(
    title,
    placeHolder,
    hosts.map((host) => ({ label: host.uri, iconPath: new vscode.ThemeIcon('server'), value: host })),
  );
}

function newHostProblem(uri: string, shown: readonly string[]): string | undefined {
  return shown.includes(uri) ? vscode.l10n.t('{0} is already shown.', uri) : uriProblem(uri);
}

async function knownOptions(shown: readonly string[]): Promise<Option<string>[]> {
  // ssh takes the home from the user database, whatever HOME says.
  const known = await findKnownHosts({ home: userInfo().homedir, env: process.env });
  return known
    .filter(({ uri }) => !shown.includes(uri))
    .map(({ uri, name, source }) => ({
      label: name,
      description: name === uri ? '' : uri,
      detail: sourceText(source),
      iconPath: new vscode.ThemeIcon(source === 'ssh' ? 'remote' : 'server'),
      value: uri,
    }));
}

function sourceText(source: HostSource): string {
  switch (source) {
    case 'default':
      return vscode.l10n.t('the default in libvirt.conf');
    case 'alias':
      return vscode.l10n.t('an alias in libvirt.conf');
    case 'local':
      return vscode.l10n.t('this machine');
    case 'ssh':
      return vscode.l10n.t('a host of the ssh configuration');
  }
}
