import * as vscode from 'vscode';

const scheme = 'libvirt';

/** How a document stays true while it is open. */
export interface Live {
  readonly read: () => Promise<string>;
  /** Calls the listener when the text may have changed, until the returned function is called. */
  readonly onDidChange: (listener: () => void) => () => void;
}

type Extension = 'md' | 'sh' | 'xml';

/** One of two texts that are compared. */
export interface Side {
  readonly title: string;
  readonly text: string;
  readonly live: Live;
}

/** Texts that can be read in an editor and not changed: what a command found, and the scripts of plans. */
export class ReadOnlyDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  private readonly following = new Map<string, () => void>();
  private readonly closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => {
    this.texts.delete(uri.toString());
    this.unfollow(uri.toString());
  });

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  /** Opens a text under a title; the same title again shows the newer text in the same editor. */
  async show(title: string, extension: Extension, text: string, live?: Live): Promise<void> {
    const uri = this.take(title, extension, text, live);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  /** Opens two XML texts side by side, with their differences. */
  async compare(title: string, left: Side, right: Side): Promise<void> {
    const [one, other] = [left, right].map((side) => this.take(side.title, 'xml', side.text, side.live));
    await vscode.commands.executeCommand('vscode.diff', one, other, title, { preview: true });
  }

  private take(title: string, extension: Extension, text: string, live?: Live): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/${title.replaceAll('/', '∕')}.${extension}` });
    const key = uri.toString();
    this.texts.set(key, text);
    this.changed.fire(uri);
    this.unfollow(key);
    if (live !== undefined)
      this.following.set(
        key,
        live.onDidChange(() => void this.renew(uri, live)),
      );
    return uri;
  }

  /** What cannot be read any more stays as it was read last: its machine may be gone, and its text still wanted. */
  private async renew(uri: vscode.Uri, { read }: Live): Promise<void> {
    const key = uri.toString();
    const text = await read().catch(() => undefined);
    if (text === undefined || !this.texts.has(key) || this.texts.get(key) === text) return;
    this.texts.set(key, text);
    this.changed.fire(uri);
  }

  private unfollow(key: string): void {
    this.following.get(key)?.();
    this.following.delete(key);
  }

  dispose(): void {
    for (const unfollow of this.following.values()) unfollow();
    this.closing.dispose();
    this.registration.dispose();
    this.changed.dispose();
  }
}
