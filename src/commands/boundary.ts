import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';
import { Refusal } from '../plan/plan';
import { PlanFailure } from '../run/runPlan';
import { isScripted } from './arguments';
import type { Command, Deps } from './command';

/**
 * Runs a command; the only place that shows an error. A person is told once, in one message with the ways on; a script
 * gets the error itself. Backing out of a question is no error.
 */
export async function guarded(id: string, command: Command, deps: Deps, argument: unknown): Promise<unknown> {
  try {
    return await command(deps, argument);
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    if (error instanceof PlanFailure && error.cancelled) deps.log.info(`${id}: ${error.message}`);
    else deps.log.error(`${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (isScripted(argument)) throw error;
    // Not awaited: the command is over, and a message may stay for as long as it likes.
    void show(error, deps);
    return undefined;
  }
}

async function show(error: unknown, { log }: Deps): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const showLog = vscode.l10n.t('Show Log');
  const showTerminal = vscode.l10n.t('Show Terminal');
  const choices =
    error instanceof Refusal ? [] : error instanceof PlanFailure ? [showTerminal, showLog] : [showLog];
  const tell =
    error instanceof Refusal || (error instanceof PlanFailure && error.cancelled)
      ? vscode.window.showWarningMessage
      : vscode.window.showErrorMessage;
  const chosen = await tell(message, ...choices);
  if (chosen === showLog) log.show();
  if (chosen === showTerminal) await vscode.commands.executeCommand('workbench.action.terminal.focus');
}
