import * as vscode from 'vscode';
import { needsPerson } from '../host/errors';
import type { Host } from '../host/host';
import { Refusal } from '../plan/plan';
import type { ToPage } from './messages';
import { readScreen } from './readScreen';
import { Relay } from './relay';
import { routeTo } from './route';
import type { Screen } from './screen';
import { openStream } from './stream';
import { whyNoRoute, whyNoScreen } from './words';

/** How a connection came to its end. */
export interface Ending {
  readonly why: Error | undefined;
  /** Whether trying again by itself is of no use. */
  readonly final: boolean;
  /** How the machine shows its screen, where that was found out. */
  readonly screen: Screen['kind'] | undefined;
}

interface Ends {
  say(message: ToPage): void;
  /** Called once, unless it is disposed of before. */
  onEnd(ending: Ending): void;
}

/** One connection between a page and a machine's screen, from the question where that is to its end. */
export class DisplayConnection {
  private relay: Relay | undefined;
  private over = false;
  private shown = false;
  private screen: Screen['kind'] | undefined;
  private password: string | undefined;

  constructor(
    private readonly id: number,
    private readonly host: Host,
    private readonly machine: { readonly uuid: string; readonly name: string },
    private readonly variables: () => Readonly<Record<string, string>>,
    private readonly ends: Ends,
  ) {}

  /** Finds the screen and connects the page to it. Never rejects: what goes wrong ends it. */
  async open(): Promise<void> {
    const { id, host, machine, ends } = this;
    try {
      const { screen, password, clipboard } = await readScreen(host, machine.uuid);
      this.screen = screen.kind;
      this.password = password;
      const refusal = whyNoScreen(machine.name, screen);
      if (refusal !== undefined) throw new Refusal(refusal);
      if (screen.kind !== 'socket' && screen.kind !== 'port') {
        this.end(undefined, false);
        return;
      }
      const route = routeTo(host.uri, screen);
      if (route === undefined) throw new Refusal(whyNoRoute(machine.name, host.uri));
      const stream = await openStream(route, { ...process.env, ...(host.overSsh ? this.variables() : {}) });
      this.relay = new Relay(
        stream,
        (bytes) => ends.say({ type: 'bytes', id, bytes }),
        (error) => this.end(error, needsPerson(error)),
      );
      if (this.over) this.relay.dispose();
      else ends.say({ type: 'open', id, clipboard });
    } catch (error) {
      const why = error instanceof Error ? error : new Error(String(error));
      this.end(why, why instanceof Refusal || needsPerson(why));
    }
  }

  send(id: number, bytes: ArrayBuffer): void {
    if (id === this.id) this.relay?.send(bytes);
  }

  /** The page has got through to the screen. */
  showed(id: number): boolean {
    this.shown ||= id === this.id;
    return id === this.id;
  }

  /** Answers the page's question for a password: with libvirt's, else with that of a person. */
  async answerPassword(id: number): Promise<void> {
    if (id !== this.id) return;
    const password = this.password ?? (await askPassword(this.machine.name));
    if (password === undefined)
      this.end(new Refusal(vscode.l10n.t('The display asks for a password.')), true);
    else if (!this.over) this.ends.say({ type: 'password', id, password });
  }

  /** The page could not go on; where the other side refused, with its words. */
  endedByPage(id: number, refused: string | undefined): void {
    if (id !== this.id) return;
    if (refused !== undefined) {
      // The password that libvirt knows is given to QEMU a moment after its display is there.
      const final = this.password === undefined;
      this.end(new Refusal(vscode.l10n.t('The display refused: {0}', refused)), final);
    } else if (this.shown) this.end(undefined, false);
    else {
      const text = vscode.l10n.t(
        'The display did not let this viewer in. It may be protected by TLS or SASL, which only other viewers know.',
      );
      this.end(new Refusal(text), true);
    }
  }

  dispose(): void {
    this.over = true;
    this.relay?.dispose();
  }

  private end(why: Error | undefined, final: boolean): void {
    if (this.over) return;
    this.dispose();
    this.ends.say({ type: 'close', id: this.id });
    this.ends.onEnd({ why, final, screen: this.screen });
  }
}

function askPassword(name: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Display of {0}', name),
    prompt: vscode.l10n.t('Password of the display'),
    password: true,
    ignoreFocusOut: true,
  });
}
