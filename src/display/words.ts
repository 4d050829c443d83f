import * as vscode from 'vscode';
import type { Screen } from './screen';

/** Why a machine's screen cannot be shown here, and what helps; undefined where it can, now or in a moment. */
export function whyNoScreen(name: string, screen: Screen): string | undefined {
  switch (screen.kind) {
    case 'socket':
    case 'port':
    case 'pending':
      return undefined;
    case 'unlistened':
      return vscode.l10n.t(
        'The screen of {0} listens nowhere: libvirt alone can open it, for a viewer on the same host.',
        name,
      );
    case 'foreign':
      return vscode.l10n.t(
        '{0} shows its screen by {1}; this display can only show VNC.',
        name,
        screen.type.toUpperCase(),
      );
    case 'none':
      return vscode.l10n.t('{0} has no screen. Add one with: {1}', name, addScreen(name));
  }
}

/** Why a screen cannot be reached from here. */
export function whyNoRoute(name: string, uri: string): string {
  return vscode.l10n.t(
    'The screen of {0} listens only on its host, and {1} does not lead there by ssh. Add the host as "{2}".',
    name,
    uri,
    'qemu+ssh://…',
  );
}

function addScreen(name: string): string {
  return `virt-xml ${name} --add-device --graphics vnc --video virtio`;
}
