import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { config } from '../config';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Host } from '../host/host';
import { unattended } from '../host/uri';

interface Console {
  readonly host: Host;
  readonly uuid: string;
  /** Which run of the machine it is connected to. */
  readonly runId: string | undefined;
  terminal: vscode.Terminal | undefined;
  /** Ends looking at the host for the machine's next start. */
  forget: () => void;
}

/**
 * The serial consoles that are open, one a machine: `virsh console` in a terminal. It ends with the machine's process
 * and is opened anew when that is started again, until a person closes the terminal.
 */
export class SerialConsoles implements vscode.Disposable {
  private readonly consoles = new Map<string, Console>();
  private readonly closing = vscode.window.onDidCloseTerminal((terminal) => this.closed(terminal));

  /** @param variables what ssh needs of the environment for a host behind it */
  constructor(private readonly variables: () => Readonly<Record<string, string>>) {}

  /** Opens a running machine's console, or shows the one that is open. */
  open(host: Host, machine: Domain): vscode.Terminal {
    const { uuid } = machine;
    const key = `${host.uri} ${uuid}`;
    const known = this.consoles.get(key);
    if (known?.terminal !== undefined) {
      known.terminal.show();
      return known.terminal;
    }
    known?.forget();
    const terminal = this.connect(key, host, machine);
    terminal.show();
    return terminal;
  }

  dispose(): void {
    for (const console of this.consoles.values()) console.forget();
    this.closing.dispose();
  }

  private connect(key: string, host: Host, { uuid, name, runId }: Domain): vscode.Terminal {
    // By UUID: a name may pass to another machine while this one is off.
    const spec = unattended(virsh(host.uri, 'console', '--domain', uuid));
    const terminal = vscode.window.createTerminal({
      name: vscode.l10n.t('Console of {0}', name),
      iconPath: new vscode.ThemeIcon('terminal'),
      shellPath: config.programPaths[spec.file],
      shellArgs: [...spec.args],
      env: host.overSsh ? { ...this.variables() } : {},
      message: vscode.l10n.t('Press Ctrl+] to leave the console; press Enter if it shows nothing.'),
      isTransient: true,
    });
    this.consoles.set(key, { host, uuid, runId, terminal, forget: () => undefined });
    return terminal;
  }

  /** A person who closes the terminal, or leaves with Ctrl+], is done; one whose machine went off may not be. */
  private closed(terminal: vscode.Terminal): void {
    const entry = [...this.consoles].find(([, console]) => console.terminal === terminal);
    if (entry === undefined) return;
    const [key, console] = entry;
    console.terminal = undefined;
    this.consoles.delete(key);
    if (terminal.exitStatus?.reason !== vscode.TerminalExitReason.Process) return;
    void this.reopenLater(key, console);
  }

  /** `virsh console` ends alike when it is left and when its machine goes off: what became of the run tells. */
  private async reopenLater(key: string, console: Console): Promise<void> {
    const { host, uuid, runId } = console;
    const domain = () => host.state.inventory?.domains.find((candidate) => candidate.uuid === uuid);
    await host.reread({ domains: [uuid] });
    // Its console ends a moment before libvirt says that a machine is off.
    if (domain()?.runId === runId) {
      await sleep(1000);
      await host.reread({ domains: [uuid] });
    }
    const now = domain();
    if (now === undefined || this.consoles.has(key)) return;
    if (isActive(now)) {
      // Off and on again before anybody looked.
      if (now.runId !== runId) this.reopen(key, host, now);
      return;
    }
    const unsubscribe = host.onDidChange(() => {
      const found = domain();
      if (found !== undefined && !(isActive(found) && found.runId !== undefined)) return;
      console.forget();
      this.consoles.delete(key);
      if (found !== undefined) this.reopen(key, host, found);
    });
    console.forget = unsubscribe;
    this.consoles.set(key, console);
  }

  private reopen(key: string, host: Host, machine: Domain): void {
    // The keyboard stays where it is: nobody has asked for this one.
    this.connect(key, host, machine).show(true);
  }
}
