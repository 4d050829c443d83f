import * as vscode from 'vscode';
import { RunTerminal } from './runTerminal';

/** The terminals of runs: one for each that has something to show, and one for all that are over in a moment. */
export class Terminals {
  private shared: RunTerminal | undefined;
  private last: RunTerminal | undefined;

  /** A terminal for one run, in front. */
  own(name: string): RunTerminal {
    this.last = new RunTerminal(name);
    this.last.show();
    return this.last;
  }

  /** The terminal of quick commands. It stays behind: who wants to see them looks there. */
  quiet(): RunTerminal {
    if (this.shared?.isClosed !== false) this.shared = new RunTerminal('Libvirt');
    this.last = this.shared;
    return this.shared;
  }

  /** Shows where the last run is to be seen. */
  async show(): Promise<void> {
    if (this.last?.isClosed === false) this.last.show();
    else await vscode.commands.executeCommand('workbench.action.terminal.focus');
  }
}
