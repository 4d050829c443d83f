import * as vscode from 'vscode';
import type { Domain } from '../host/domain';
import type { Host } from '../host/host';
import { stillRunning, untilOff } from '../host/untilOff';

// Most guests are off after some seconds; one that is not after a minute may have ignored the request.
const limitMs = 60_000;

/**
 * Waits until machines that were asked to shut down are off, for a minute at a time, and shows who is waited for. Who
 * cancels leaves the guests to themselves.
 * @returns those that a person then wants switched off by force
 */
export async function waitUntilOff(host: Host, domains: readonly Domain[]): Promise<Domain[]> {
  for (let waited = domains; ;) {
    const running = await waitOnce(host, waited);
    if (running.length === 0) return [];
    const forceOff = vscode.l10n.t('Force Off');
    const keepWaiting = vscode.l10n.t('Keep Waiting');
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        '{0} has not shut down in a minute. Its guest may be busy, or ignore the request. Forced off, it loses what it has not written yet.',
        namesOf(running),
      ),
      forceOff,
      keepWaiting,
    );
    // The message may have stood there for long.
    await host.reread({ domains: running.map(({ uuid }) => uuid) });
    waited = stillRunning(host, running);
    if (chosen === forceOff) return [...waited];
    if (chosen !== keepWaiting) return [];
  }
}

/** @returns those that still run when the time is over; none where a person waits no longer */
async function waitOnce(host: Host, domains: readonly Domain[]): Promise<readonly Domain[]> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Waiting for the guest to shut down'),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const enough = new AbortController();
    token.onCancellationRequested(() => enough.abort());
    const running = await untilOff(host, domains, {
      limitMs,
      signal: enough.signal,
      onLook: (still, passed) => progress.report({ message: namesOf(still), increment: 100 * passed }),
    });
    return enough.signal.aborted ? [] : running;
  });
}

function namesOf(domains: readonly Domain[]): string {
  return domains.map(({ name }) => name).join(', ');
}
