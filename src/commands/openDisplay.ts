import * as vscode from 'vscode';
import { openViewer } from '../display/openViewer';
import { readScreen } from '../display/readScreen';
import { findViewer } from '../display/viewer';
import { whyNoScreen } from '../display/words';
import { isActive } from '../host/domain';
import { Refusal } from '../plan/plan';
import { isScripted } from './arguments';
import type { Command } from './command';
import { domainTarget } from './domainTarget';

/**
 * *Open Display*: the screen of a running machine in an editor tab. Returns how the machine shows it: `socket`, `port`,
 * or `pending` where libvirt has not said yet. A screen that is not shown by VNC goes to virt-viewer, where that is.
 */
export const openDisplay: Command = async (deps, argument) => {
  const title = vscode.l10n.t('Open Display');
  const { host, subject } = await domainTarget(deps, argument, title, 'running');
  if (!isActive(subject)) throw new Refusal(vscode.l10n.t('{0} is not running.', subject.name));
  const { screen } = await readScreen(host, subject.uuid);
  const refusal = whyNoScreen(subject.name, screen);
  if (refusal === undefined) {
    deps.displays.show(host, subject);
    return { endpoint: screen.kind };
  }
  const viewer = screen.kind === 'none' ? undefined : findViewer(process.env);
  if (viewer === undefined || isScripted(argument)) throw new Refusal(refusal);
  const open = vscode.l10n.t('Open in virt-viewer');
  const chosen = await vscode.window.showWarningMessage(refusal, open);
  if (chosen === open) openViewer(viewer, host, subject, screen.kind, deps.ssh.variables);
  return undefined;
};
