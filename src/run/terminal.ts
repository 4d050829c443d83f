import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { isAborted } from '../host/aborted';
import type { CommandSpec } from '../host/commandLine';
import { withInputFile } from '../host/inputFile';
import type { ProgramPaths } from '../host/process';
import type { Ended } from './ended';
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
  return (asked, title, signal) => withInputFile(asked, (spec) => runTask(spec, title, signal));

  async function runTask(spec: CommandSpec, title: string, signal: AbortSignal | undefined): Promise<Ended> {
    if (isAborted(signal)) return { exitCode: undefined, cause: '' };
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
    let pid: number | undefined;
    const ended = new Promise<number | undefined>((resolve) => {
      listeners.push(
        vscode.tasks.onDidStartTaskProcess((event) => {
          if (mine(event)) pid = event.processId;
        }),
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
      if (pid !== undefined && (exitCode === undefined || isAborted(signal))) await gone(pid);
      signal?.removeEventListener('abort', terminate);
      // A program that was ended may have any code.
      return { exitCode: isAborted(signal) ? undefined : exitCode, cause: '' };
    } finally {
      for (const listener of listeners) listener.dispose();
    }
  }
}

/**
 * Waits until a process is gone: what a command that was ended has made can only be taken back when it makes no more.
 * One that does not go is killed. Terminals run on the machine of the extension, so its process is seen from here.
 */
async function gone(pid: number): Promise<void> {
  const patience = performance.now() + 10_000;
  while (isAlive(pid)) {
    if (performance.now() > patience) signalTo(pid, 'SIGKILL');
    await sleep(50);
  }
}

function isAlive(pid: number): boolean {
  return signalTo(pid, 0);
}

/** Whether there was a process to take the signal. */
function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
