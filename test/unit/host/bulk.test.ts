import assert from 'node:assert/strict';
import path from 'node:path';
import { askInBulk } from '../../../src/host/bulk';
import { CommandError } from '../../../src/host/errors';

const strangeVirsh = path.resolve(import.meta.dirname, '../../support/strange-virsh.mjs');

describe('host/bulk', function () {
  this.timeout(20_000);

  const heard: string[] = [];
  beforeEach(() => (heard.length = 0));

  const ask = (manner: string, commands: readonly string[], timeoutMs: number): Promise<void> =>
    askInBulk(
      { file: strangeVirsh, env: { ...process.env, STRANGE: manner }, uri: 'qemu:///session' },
      commands,
      { timeoutMs, onOutput: (stdout, index) => (heard[index] = stdout) },
    );

  it('has the patience for many commands that it has for one', async () => {
    const commands = Array.from({ length: 8 }, (_, index) => `say strange ${index}`);
    await ask('slowly', commands, 2000); // they take four seconds
    assert.deepEqual(
      heard,
      commands.map((command) => command.replace('say ', '')),
    );
  });

  it('gives up a virsh that is silent', async () => {
    await assert.rejects(
      ask('hangs', ['say a', 'say strange'], 2000),
      (error) => error instanceof CommandError && error.kind === 'timeout',
    );
  });
});
