import * as vscode from 'vscode';
import type { CommandSpec } from '../host/commandLine';
import type { CommandError } from '../host/errors';
import type { ProgramPaths, Run } from '../host/process';
import { commandText } from '../plan/script';
import { executeBy } from './executeBy';
import type { Execute } from './runPlan';

/**
 * A terminal in which each command is shown as it is, what it reads included, and then what it printed. Nothing can be
 * asked in it, which is why it is for runs whose host is connected already. Closing it by hand cancels what runs in it.
 */
export class RunTerminal {
  private readonly written = new vscode.EventEmitter<string>();
  private stop = new AbortController();
  private readonly terminal: vscode.Terminal;
  private early: string[] | undefined = [];
  private last: CommandSpec | undefined;
  private closed = false;

  constructor(name: string) {
    const pty: vscode.Pseudoterminal = {
      onDidWrite: this.written.event,
      open: () => {
        for (const text of this.early ?? []) this.written.fire(text);
        this.early = undefined;
      },
      close: () => {
        this.closed = true;
        this.stop.abort();
      },
      handleInput: (keys) => {
        if (keys !== '\x03') return;
        this.stop.abort();
        this.stop = new AbortController();
      },
    };
    this.terminal = vscode.window.createTerminal({ name, pty });
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** For what runs now: aborted when the terminal is closed by hand, or Ctrl+C is pressed in it. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Brings it to the front, and leaves the keyboard where it is. */
  show(): void {
    this.terminal.show(true);
  }

  /** Makes the function that runs commands in it. */
  execute(run: Run, programs: ProgramPaths, onFailure: (error: CommandError) => void): Execute {
    return executeBy(run, {
      begins: (spec, title) => {
        this.write(`\x1b[1m${title}\x1b[0m\n$ ${commandText(spec, programs)}\n`);
        this.last = spec;
      },
      printed: (spec, title, text) => this.print(spec, title, text),
      failed: onFailure,
    });
  }

  /** Says that nothing more comes; the terminal stays, to be read. */
  end(): void {
    this.write(`\n\x1b[2m${vscode.l10n.t('This run is over; the terminal can be closed.')}\x1b[0m\n`);
  }

  /** What a command prints is shown when it has ended: those that run side by side do not mix. */
  private print(spec: CommandSpec, title: string, output: string): void {
    if (output.trim() === '') return;
    if (this.last !== spec) this.write(`\x1b[2m${title}\x1b[0m\n`);
    this.last = spec;
    this.write(`${output.trimEnd()}\n`);
  }

  private write(text: string): void {
    const lines = text.replaceAll('\n', '\r\n');
    if (this.early === undefined) this.written.fire(lines);
    else this.early.push(lines);
  }
}
