import * as vscode from 'vscode';
import { withWayOut } from '../host/wayOut';
import { Cancelled } from './ask';

/**
 * Waits for what a host is asked. Where that takes longer than a moment, a message says what is waited for, and lets a
 * person give it up.
 * @throws Cancelled
 */
export function patiently<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withWayOut(work, (result, giveUp) => {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    void vscode.window.withProgress(options, (_progress, token) => {
      token.onCancellationRequested(() => giveUp(new Cancelled()));
      return result.then(
        () => undefined,
        () => undefined,
      );
    });
  });
}
