import * as vscode from 'vscode';
import type { CommandSpec } from '../host/commandLine';
import { CommandError } from '../host/errors';
import type { Run } from '../host/process';
import { commandLine } from '../plan/script';
import type { Execute } from './runPlan';

// Who waits for a large image to be copied waits; a command that hangs is cancelled by hand.
const longestMs = 24 * 60 * 60 * 1000;

/**
 * One terminal for one run with many commands: each is shown as it is, with what it printed. Nothing can be asked in it,
 * which is why it is for runs whose host is connected already. Closing it by hand cancels the run.
 */
export class RunTerminal implements vscode.Disposable {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new AbortController();
  private readonly terminal: vscode.Terminal;
  private early: string[] | undefined = [];

  constructor(
    name: string,
    private readonly run: Run,
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

  /** What a command prints is shown when it has ended: those that run side by side do not mix. */
  readonly execute: Execute = async (spec, title, signal) => {
    try {
      const { stdout, stderr } = await this.run(spec, {
        timeoutMs: longestMs,
        ...(signal === undefined ? {} : { signal }),
      });
      this.show(spec, title, stdout + stderr);
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.show(spec, title, error.stderr === '' ? `${error.message}\n` : error.stderr);
      if (error.kind === 'notInstalled' || error.kind === 'noPermission') throw error;
      return error.exitCode;
    }
  };

  say(text: string): void {
    this.write(`${text}\n`);
  }

  /** The terminal stays, to be read. */
  dispose(): void {
    this.write(`\n\x1b[2m${vscode.l10n.t('This run is over; the terminal can be closed.')}\x1b[0m\n`);
  }

  private show(spec: CommandSpec, title: string, output: string): void {
    this.write(
      `\x1b[1m${title}\x1b[0m\n$ ${commandLine(spec)}\n${output.trimEnd()}${output.trim() === '' ? '' : '\n'}`,
    );
  }

  private write(text: string): void {
    const lines = text.replaceAll('\n', '\r\n');
    if (this.early === undefined) this.written.fire(lines);
    else this.early.push(lines);
  }
}
