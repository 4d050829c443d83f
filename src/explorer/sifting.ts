import * as vscode from 'vscode';
import { everything, isEverything, type Sieve } from './sieve';

const key = 'explorer.sieve';

/** What a person has chosen to see of the tree; remembered in the workspace. */
export class Sifting implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private current: Sieve;

  constructor(private readonly memory: vscode.Memento) {
    this.current = { ...everything, ...memory.get<Partial<Sieve>>(key) };
    this.tellMenus();
  }

  get sieve(): Sieve {
    return this.current;
  }

  async choose(part: Partial<Sieve>): Promise<void> {
    this.current = { ...this.current, ...part };
    this.tellMenus();
    this.changed.fire();
    await this.memory.update(key, isEverything(this.current) ? undefined : this.current);
  }

  /** What is chosen, in words to stand above the tree; undefined where everything is shown by its name. */
  get words(): string | undefined {
    const { text, hideOff, order } = this.current;
    if (isEverything(this.current)) return undefined;
    const words = [
      ...(text === '' ? [] : [vscode.l10n.t('only "{0}"', text)]),
      ...(hideOff ? [vscode.l10n.t('without what is switched off')] : []),
      ...(order === 'state' ? [vscode.l10n.t('by state')] : []),
    ];
    return vscode.l10n.t('Shown: {0}.', words.join(', '));
  }

  dispose(): void {
    this.changed.dispose();
  }

  private tellMenus(): void {
    const { text, hideOff, order } = this.current;
    const facts = { filtered: text !== '', hidesOff: hideOff, byState: order === 'state' };
    for (const [name, value] of Object.entries(facts))
      void vscode.commands.executeCommand('setContext', `libvirt:${name}`, value);
  }
}
