import * as vscode from 'vscode';
import { isActive, type Domain } from '../host/domain';
import { needsPerson } from '../host/errors';
import type { Host } from '../host/host';
import { messageOf } from '../run/message';
import { DisplayConnection, type Ending } from './displayConnection';
import type { Action, Choice, FromPage, ToPage } from './messages';
import { displayPage } from './page';
import { saveScreenshot } from './screenshot';
import type { Screen } from './screen';
import { openViewer } from './openViewer';
import { findViewer } from './viewer';

type Variables = () => Readonly<Record<string, string>>;

// Milliseconds before each new try where the screen of a running machine does not come; then a person is asked.
const pauses = [250, 1000, 2000, 4000];
// How often a machine that is off is looked at while its tab is seen: events are followed only beside the tree.
const lookMs = 2000;

/** A machine's screen in an editor tab. It connects while it is seen, anew after each start of the machine. */
export class DisplayPanel implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly subscriptions: { dispose(): unknown }[];
  private connection: DisplayConnection | undefined;
  private count = 0;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  /** The run of the machine that is not connected to any more: the next one is. */
  private over: { readonly runId: string | undefined } | undefined;
  private screen: Screen['kind'] = 'pending';

  constructor(
    private readonly host: Host,
    private readonly machine: Domain,
    extension: vscode.Uri,
    private readonly variables: Variables,
    onEnd: () => void,
  ) {
    const title = vscode.l10n.t('Display of {0}', machine.name);
    this.panel = vscode.window.createWebviewPanel('libvirt.display', title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: ['media', 'dist'].map((name) => vscode.Uri.joinPath(extension, name)),
    });
    this.panel.webview.html = displayPage(this.panel.webview, extension, title);
    this.subscriptions = [
      { dispose: host.onDidChange(() => this.look()) },
      this.panel.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message)),
      // VS Code throws away a page that is not seen; it says that it is ready when it is made anew.
      this.panel.onDidChangeViewState(() => {
        if (!this.panel.visible) this.disconnect();
      }),
      this.panel.onDidDispose(() => {
        this.disconnect();
        for (const subscription of this.subscriptions) subscription.dispose();
        onEnd();
      }),
    ];
  }

  show(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private async receive(message: FromPage): Promise<void> {
    const { connection, panel } = this;
    switch (message.type) {
      case 'ready':
        this.connect();
        return;
      case 'bytes':
        connection?.send(message.id, message.bytes);
        return;
      case 'shown':
        if (connection?.showed(message.id) === true) this.failures = 0;
        return;
      case 'askPassword':
        await connection?.answerPassword(message.id);
        return;
      case 'ended':
        connection?.endedByPage(message.id, message.refused);
        return;
      case 'copy':
        // Only in front of a person may a machine change the clipboard.
        if (panel.active) await vscode.env.clipboard.writeText(message.text);
        return;
      case 'paste':
        this.say({ type: 'paste', text: await vscode.env.clipboard.readText() });
        return;
      case 'save':
        await saveScreenshot(this.machine.name, new Uint8Array(message.bytes));
        return;
      case 'act':
        await this.act(message.action);
    }
  }

  private async act(action: Action): Promise<void> {
    const { host, machine } = this;
    if (action === 'retry') this.connect();
    if (action === 'viewer') {
      const viewer = findViewer(process.env);
      if (viewer !== undefined) openViewer(viewer, host, machine, this.screen, this.variables());
    }
    if (action !== 'start') return;
    try {
      await vscode.commands.executeCommand('libvirt.start', { host: host.uri, domain: machine.uuid });
    } catch (error) {
      void vscode.window.showErrorMessage(messageOf(error));
    }
  }

  private connect(): void {
    this.disconnect();
    this.say({ type: 'say', text: vscode.l10n.t('Connecting…'), actions: [] });
    const connection = new DisplayConnection(++this.count, this.host, this.machine, this.variables, {
      say: (message) => this.say(message),
      onEnd: (ending) => void this.ended(connection, ending),
    });
    this.connection = connection;
    void connection.open();
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.over = undefined;
    this.connection?.dispose();
    this.connection = undefined;
  }

  /** A connection is gone: the machine is off, or its screen comes back, or it cannot be shown. */
  private async ended(connection: DisplayConnection, { why, final, screen }: Ending): Promise<void> {
    await this.host.reread({ domains: [this.machine.uuid] });
    if (this.connection !== connection) return;
    this.disconnect();
    this.screen = screen ?? this.screen;
    if (!this.isOn()) {
      this.waitForStart();
      return;
    }
    const pause = pauses[this.failures++];
    if (!final && pause !== undefined) {
      this.timer = setTimeout(() => this.connect(), pause);
      return;
    }
    const text = why === undefined ? vscode.l10n.t('The display ended.') : messageOf(why);
    this.rest(text, [choice('retry'), ...(findViewer(process.env) === undefined ? [] : [choice('viewer')])]);
  }

  private waitForStart(): void {
    const { name, uuid } = this.machine;
    if (this.known() === undefined) {
      this.rest(vscode.l10n.t('There is no virtual machine {0} any more.', name), []);
      return;
    }
    this.rest(vscode.l10n.t('{0} is off. Its screen appears here when it is started.', name), [
      choice('start'),
    ]);
    const again = (): void => {
      // What is found fires the host's change, which is looked at.
      void this.host.reread({ domains: [uuid] }).then(() => {
        if (this.over === undefined || needsPerson(this.host.state.error)) return;
        this.timer = setTimeout(again, lookMs);
      });
    };
    this.timer = setTimeout(again, lookMs);
  }

  /** Says why there is nothing to be seen, until the machine's next start. */
  private rest(text: string, actions: readonly Choice[]): void {
    this.failures = 0;
    this.over = { runId: this.known()?.runId };
    this.say({ type: 'say', text, actions });
  }

  private look(): void {
    if (this.over !== undefined && this.isOn() && this.known()?.runId !== this.over.runId) this.connect();
  }

  private isOn(): boolean {
    const known = this.known();
    return known !== undefined && isActive(known);
  }

  private known(): Domain | undefined {
    return this.host.state.inventory?.domains.find(({ uuid }) => uuid === this.machine.uuid);
  }

  private say(message: ToPage): void {
    void this.panel.webview.postMessage(message);
  }
}

function choice(action: Action): Choice {
  const labels: Readonly<Record<Action, string>> = {
    start: vscode.l10n.t('Start'),
    retry: vscode.l10n.t('Try Again'),
    viewer: vscode.l10n.t('Open in virt-viewer'),
  };
  return { action, label: labels[action] };
}
