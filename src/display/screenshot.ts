import { homedir } from 'node:os';
import * as vscode from 'vscode';

/** Saves a picture of a machine's screen where a person wants it. */
export async function saveScreenshot(name: string, png: Uint8Array): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const time = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const target = await vscode.window.showSaveDialog({
    // The name of a machine may have what the name of a file may not.
    defaultUri: vscode.Uri.joinPath(folder, `${name.replace(/[/\\:]/g, '_')}-${time}.png`),
    filters: { PNG: ['png'] },
  });
  if (target !== undefined) await vscode.workspace.fs.writeFile(target, png);
}
