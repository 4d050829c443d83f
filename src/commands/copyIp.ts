import * as vscode from 'vscode';
import { guestAddress } from '../flows/guestAddress';
import { isScripted } from './arguments';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/** *Copy IP Address*: puts the address of a running machine on the clipboard, and returns it. */
export const copyIp: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Copy IP Address');
  const { host, subject } = await domainTarget(deps, argument, title, 'awake');
  const address = await guestAddress(host, subject, title, !isScripted(argument));
  await vscode.env.clipboard.writeText(address);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied {0}', address), 5000);
  return { address };
};
