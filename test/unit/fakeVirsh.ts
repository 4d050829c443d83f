import assert from 'node:assert/strict';
import type { CommandSpec } from '../../src/host/commandLine';
import { CommandError } from '../../src/host/errors';
import type { Run } from '../../src/host/process';

export interface FakeReply {
  readonly stdout: string;
  readonly stderr: string;
}

/** The marker and the commands of a batch's script, as runBatch joins them. */
export function readScript(script: string): { marker: string; commands: string[] } {
  const marker = /; echo (@@[0-9a-f-]{36}); echo --err \1/.exec(script)?.[1];
  assert.ok(marker !== undefined, `no marker in ${script}`);
  const commands = script.split(`; echo ${marker}; echo --err ${marker}`);
  assert.equal(commands.pop(), '', 'text after the last marker');
  return { marker, commands: commands.map((command) => command.replace(/^; /, '')) };
}

/** What virsh prints for a batch: each command's output, then the marker, with a newline after every command. */
export function frame(marker: string, answers: readonly FakeReply[]): FakeReply {
  return {
    stdout: answers.map(({ stdout }) => `${stdout}${marker}\n\n`).join(''),
    stderr: answers.map(({ stderr }) => `${stderr}error: ${marker}\n`).join(''),
  };
}

/** A virsh that answers the commands of a batch; `specs` has every process that was asked for. */
export function fakeVirsh(answer: (command: string) => FakeReply): { run: Run; specs: CommandSpec[] } {
  const specs: CommandSpec[] = [];
  const run: Run = (spec) => {
    if (spec.file !== 'virsh') return Promise.reject(new CommandError('notInstalled', spec, undefined, ''));
    specs.push(spec);
    const { marker, commands } = readScript(spec.args[2] ?? '');
    // Like a virsh that does not know the command: nothing of the batch runs.
    if (commands.some((command) => command.startsWith('complete '))) {
      return Promise.reject(new CommandError('other', spec, 1, `error: unknown command: 'complete'\n`));
    }
    return Promise.resolve(frame(marker, commands.map(answer)));
  };
  return { run, specs };
}
