import * as vscode from 'vscode';
import type { CommandSpec } from '../host/commandLine';
import type { CommandError } from '../host/errors';
import type { ProgramPaths, Run } from '../host/process';
import { commandText } from '../plan/script';
import { executeBy } from './executeBy';
import type { Execute } from './runPlan';

/**
 * One terminal for one run: each command is shown as it is, what it reads included, and then what it printed. Nothing
 * can be asked in it, which is why it is for runs whose host is connected already. Closing it by hand cancels the run.
 */
export class RunTerminal implements vscode.Disposable {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new AbortController();
  private readonly terminal: vscode.Terminal;
  private early: string[] | undefined = [];
  private last: CommandSpec | undefined;

  constructor(
    name: string,
    private readonly run: Run,
    private readonly programs: ProgramPaths,
    private readonly onFailure: (error: CommandError) => void = () => undefined,
  ) {
    const pty: vscode.Pseudoterminal = {
      onDidWrite: this.written.event,
      open: () => {
        for (const text of this.early ?? []) this.written.fire(text);
        this.early = undefined;
      },
      close: () => this.closed.abort(),
      handleInput: (keys) => {
        if (keys === '\x03') this.closed.abort();
      },
    };
    this.terminal = vscode.window.createTerminal({ name, pty });
    this.terminal.show(true);
  }

  /** Aborted when the terminal is closed by hand, or Ctrl+C is pressed in it. */
  get signal(): AbortSignal {
    return this.closed.signal;
  }

  get execute(): Execute {
    return executeBy(this.run, {
      begins: (spec, title) => {
        this.write(`\x1b[1m${title}\x1b[0m\n$ ${commandText(spec, this.programs)}\n`);
        this.last = spec;
      },
      printed: (spec, title, text) => this.show(spec, title, text),
      failed: this.onFailure,
    });
  }

  /** The terminal stays, to be read. */
  dispose(): void {
    this.write(`\n\x1b[2m${vscode.l10n.t('This run is over; the terminal can be closed.')}\x1b[0m\n`);
  }

  /** What a command prints is shown when it has ended: those that run side by side do not mix. */
  private show(spec: CommandSpec, title: string, output: string): void {
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
