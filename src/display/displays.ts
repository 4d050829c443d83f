import type * as vscode from 'vscode';
import type { Domain } from '../host/domain';
import type { Host } from '../host/host';
import { DisplayPanel } from './displayPanel';

/** The displays that are open, one a machine. */
export class Displays implements vscode.Disposable {
  private readonly open = new Map<string, DisplayPanel>();

  /** @param variables what ssh needs of the environment for a host behind it */
  constructor(
    private readonly extension: vscode.Uri,
    private readonly variables: () => Readonly<Record<string, string>>,
  ) {}

  /** Opens a machine's display, or shows the one that is open. */
  show(host: Host, machine: Domain): void {
    const key = `${host.uri} ${machine.uuid}`;
    const known = this.open.get(key);
    if (known !== undefined) {
      known.show();
      return;
    }
    const end = () => this.open.delete(key);
    this.open.set(key, new DisplayPanel(host, machine, this.extension, this.variables, end));
  }

  dispose(): void {
    for (const panel of [...this.open.values()]) panel.dispose();
  }
}
