import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { ProgramPaths } from '../host/process';
import type { Execute } from './runPlan';

/**
 * Whether a run brings its terminal to the front: it does where there is something to see, not for a quick verb; where
 * something has to be answered, the keyboard goes there too.
 */
export type Visibility = 'shown' | 'quiet' | 'asking';

/**
 * Makes the function that runs commands in the integrated terminal, each as a task of its own: the arguments go to the
 * process as they are, without a shell, and a password or polkit agent can ask there.
 * @param env variables that are different from those of the terminal
 */
export function terminalExecute(
  paths: () => ProgramPaths,
  visibility: Visibility,
  env: Readonly<Record<string, string>> = {},
): Execute {
  return async (spec, title, signal) => {
    if (isAborted(signal)) return undefined;
    const id = randomUUID();
    // Without a cwd a task of an empty window never starts, and only the home directory is sure to exist.
    const execution = new vscode.ProcessExecution(paths()[spec.file], [...spec.args], {
      cwd: homedir(),
      env: { ...env },
    });
    const task = new vscode.Task(
      { type: 'libvirt', id },
      vscode.TaskScope.Workspace,
      title,
      'Libvirt',
      execution,
    );
    task.presentationOptions = {
      reveal: visibility === 'quiet' ? vscode.TaskRevealKind.Silent : vscode.TaskRevealKind.Always,
      focus: visibility === 'asking',
      panel: vscode.TaskPanelKind.Shared,
      showReuseMessage: false,
      clear: false,
    };
    const mine = (event: { readonly execution: vscode.TaskExecution }) =>
      event.execution.task.definition.id === id;
    const listeners: vscode.Disposable[] = [];
    // Subscribed before the task starts: a quick command may end before executeTask returns. A task that is ended
    // before its process has an exit code only tells so through onDidEndTask, which otherwise comes second.
    const ended = new Promise<number | undefined>((resolve) => {
      listeners.push(
        vscode.tasks.onDidEndTaskProcess((event) => mine(event) && resolve(event.exitCode)),
        vscode.tasks.onDidEndTask((event) => mine(event) && setTimeout(() => resolve(undefined), 500)),
      );
    });
    try {
      const running = await vscode.tasks.executeTask(task);
      const terminate = () => running.terminate();
      signal?.addEventListener('abort', terminate, { once: true });
      if (isAborted(signal)) terminate();
      const exitCode = await ended;
      signal?.removeEventListener('abort', terminate);
      return exitCode;
    } finally {
      for (const listener of listeners) listener.dispose();
    }
  };
}

/** Asked anew each time: a run may be cancelled while its task starts. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
