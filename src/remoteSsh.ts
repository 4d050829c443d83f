import * as vscode from 'vscode';

/** The extension that opens windows on other machines. */
export const remoteSshId = 'ms-vscode-remote.remote-ssh';

/** Whether it is there. It may run beside the window, where extensions of the workspace do not see it: then not. */
export function hasRemoteSsh(): boolean {
  return vscode.extensions.getExtension(remoteSshId) !== undefined;
}

/** Keeps the context key by which menus know whether Remote - SSH is installed. */
export function followRemoteSsh(): vscode.Disposable {
  const tell = () => void vscode.commands.executeCommand('setContext', 'libvirt:remoteSsh', hasRemoteSsh());
  tell();
  return vscode.extensions.onDidChange(tell);
}
