import * as vscode from 'vscode';
import { Cancelled } from '../flows/ask';
import type { Node } from '../explorer/node';
import { remedyOf } from '../explorer/remedy';
import { InUse } from '../plan/guard';
import { Refusal } from '../plan/plan';
import { messageOf } from '../run/message';
import { PartsFailure, PlanFailure } from '../run/planFailure';
import { isScripted } from './arguments';
import type { Command, Deps } from './command';
import { planRemedy } from './planRemedy';
import { offerWaysOut } from './waysOut';

/**
 * Runs a command; the only place that shows an error. A person is told once, in one message with the ways on; a script
 * gets the error itself. Backing out of a question is no error.
 */
export async function guarded(
  id: string,
  command: Command,
  deps: Deps,
  argument: unknown,
  selection?: readonly Node[],
): Promise<unknown> {
  const release = deps.hosts.hold();
  try {
    return await command(deps, argument, selection);
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    if (isRun(error) && error.cancelled) deps.log.info(`${id}: ${error.message}`);
    else deps.log.error(`${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (isScripted(argument)) throw error;
    // Not awaited: the command is over, and a message may stay for as long as it likes.
    void show(error, deps);
    return undefined;
  } finally {
    release();
  }
}

async function show(error: unknown, deps: Deps): Promise<void> {
  if (error instanceof InUse) {
    await offerWaysOut(error, deps);
    return;
  }
  const { log, terminals } = deps;
  const message = messageOf(error);
  const showLog = vscode.l10n.t('Show Log');
  const showTerminal = vscode.l10n.t('Show Terminal');
  const remedy = isRun(error)
    ? planRemedy(error, deps)
    : error instanceof Error
      ? remedyOf(error)
      : undefined;
  const choices = [
    ...(remedy === undefined || remedy.title === showLog ? [] : [remedy.title]),
    ...(error instanceof Refusal ? [] : isRun(error) ? [showTerminal, showLog] : [showLog]),
  ];
  const tell =
    error instanceof Refusal || (isRun(error) && error.cancelled)
      ? vscode.window.showWarningMessage
      : vscode.window.showErrorMessage;
  const chosen = await tell(message, ...choices);
  if (chosen === showLog) log.show();
  if (remedy !== undefined && chosen === remedy.title)
    await vscode.commands.executeCommand(remedy.command, ...((remedy.arguments ?? []) as unknown[]));
  if (chosen === showTerminal) await terminals.show();
}

function isRun(error: unknown): error is PlanFailure | PartsFailure {
  return error instanceof PlanFailure || error instanceof PartsFailure;
}
