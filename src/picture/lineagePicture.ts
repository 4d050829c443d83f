import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { config } from '../config';
import type { Explorer } from '../explorer/explorer';
import type { Host } from '../host/host';
import type { Hosts } from '../hosts';
import { lineageOf } from '../lineage/lineage';
import { pictureOf } from '../lineage/picture';
import { messageOf } from '../run/message';
import { drawPicture, fileStyle, type Drawn } from './svg';

/** What the page says. */
interface Message {
  readonly ready?: boolean;
  readonly open?: string;
  readonly save?: boolean;
}

/** The pictures of who stands on whom, one for each host, kept up to date while they are open. */
export class LineagePictures implements vscode.Disposable {
  private readonly open = new Map<string, LineagePicture>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly explorer: Explorer,
    private readonly hosts: Hosts,
  ) {
    this.subscription = hosts.onDidChange(() => this.followHosts());
  }

  /** Shows the picture of a host; the same again brings it to the front. */
  show(host: Host, focus: string | undefined): LineagePicture {
    const picture = this.open.get(host.uri) ?? this.make(host);
    picture.follow(host);
    picture.show(focus);
    return picture;
  }

  dispose(): void {
    this.subscription.dispose();
    for (const picture of [...this.open.values()]) picture.dispose();
  }

  /** A host that is shown no longer takes its picture along; after a change of settings another takes its place. */
  private followHosts(): void {
    const { known } = this.hosts;
    // While the hosts are looked for anew there are none.
    if (known.length === 0) return;
    for (const [uri, picture] of [...this.open]) {
      const host = known.find((candidate) => candidate.uri === uri);
      if (host === undefined) picture.dispose();
      else picture.follow(host);
    }
  }

  private make(host: Host): LineagePicture {
    const { extension, explorer, hosts } = this;
    const picture = new LineagePicture(host, extension, explorer, hosts, () => this.open.delete(host.uri));
    this.open.set(host.uri, picture);
    return picture;
  }
}

/** The picture of one host in an editor. */
export class LineagePicture implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private last: Drawn | undefined;
  private focus: string | undefined;
  private stopFollowing: () => void;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private host: Host,
    extension: vscode.Uri,
    private readonly explorer: Explorer,
    private readonly hosts: Hosts,
    onEnd: () => void,
  ) {
    const media = vscode.Uri.joinPath(extension, 'media');
    const title = vscode.l10n.t('Lineage of {0}', host.uri);
    this.panel = vscode.window.createWebviewPanel('libvirt.lineage', title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [media],
    });
    this.panel.webview.html = page(this.panel.webview, media, title);
    this.stopFollowing = host.onDidChange(() => this.update());
    this.subscriptions = [
      this.panel.webview.onDidReceiveMessage((message: Message) => void this.receive(message)),
      this.panel.onDidChangeViewState(() => {
        this.tellHosts();
        this.update();
      }),
      this.panel.onDidDispose(() => {
        onEnd();
        this.stopFollowing();
        hosts.lookAt(undefined, this);
        for (const subscription of this.subscriptions) subscription.dispose();
      }),
    ];
    this.tellHosts();
  }

  /** Shows this host from now on, which has the same name: the one before may be told of nothing any more. */
  follow(host: Host): void {
    if (host === this.host) return;
    this.stopFollowing();
    this.host = host;
    this.stopFollowing = host.onDidChange(() => this.update());
    this.tellHosts();
    this.update();
  }

  /** A picture is looked at, also where the tree is not. */
  private tellHosts(): void {
    this.hosts.lookAt(this.panel.visible ? this.host : undefined, this);
  }

  show(focus: string | undefined): void {
    this.focus = focus;
    this.last = undefined;
    this.panel.reveal();
    this.update();
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** What is drawn now. */
  draw(style?: string): Drawn {
    const { uri, state } = this.host;
    const lineage = lineageOf(state.inventory ?? { uri, pools: [], domains: [], networks: [] });
    return drawPicture(pictureOf(lineage, config.templateNamePattern), vscode.env.language, style);
  }

  private update(): void {
    if (!this.panel.visible) return;
    // One that has taken another's place shows what that one did until it has been read.
    if (this.last !== undefined && this.host.state.inventory === undefined) return;
    const drawn = this.draw();
    if (drawn.svg === this.last?.svg) return;
    this.last = drawn;
    void this.panel.webview.postMessage({ ...drawn, focus: this.focus });
    this.focus = undefined;
  }

  private async receive({ ready, open, save }: Message): Promise<void> {
    if (ready === true) {
      // A page that was hidden is made anew and has forgotten its picture.
      this.last = undefined;
      this.update();
    }
    if (open?.startsWith('domain/') === true)
      await this.explorer.revealDomain(this.host, open.slice('domain/'.length));
    if (open?.startsWith('volume/') === true)
      await this.explorer.revealVolume(this.host, open.slice('volume/'.length));
    if (save === true) await this.save();
  }

  private async save(): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const name = 'lineage.svg';
    const target = await vscode.window.showSaveDialog({
      filters: { SVG: ['svg'] },
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (target === undefined) return;
    try {
      await vscode.workspace.fs.writeFile(target, Buffer.from(this.draw(fileStyle).svg));
    } catch (error) {
      void vscode.window.showErrorMessage(messageOf(error));
    }
  }
}

function page(webview: vscode.Webview, media: vscode.Uri, title: string): string {
  const nonce = randomUUID();
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  const save = vscode.l10n.t('Save as SVG…');
  const hint = vscode.l10n.t('Arrow keys walk, Enter opens in the tree.');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${file('lineage.css')}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<header><h1 class="unseen">${escapeHtml(title)}</h1><button id="export">${escapeHtml(save)}</button><span id="summary" role="status"></span><span>${escapeHtml(hint)}</span></header>
<main id="picture"></main>
<script nonce="${nonce}" src="${file('lineage.js')}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
