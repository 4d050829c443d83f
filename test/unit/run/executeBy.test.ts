import assert from 'node:assert/strict';
import { CommandError, failureKind } from '../../../src/host/errors';
import type { Run } from '../../../src/host/process';
import { executeBy, type Screen } from '../../../src/run/executeBy';

const spec = { file: 'virsh', args: ['--connect', 'qemu:///session', 'vol-create'] } as const;

describe('run/executeBy', () => {
  const said: string[] = [];
  const screen: Screen = {
    begins: ({ file }) => void said.push(`$ ${file}`),
    printed: (_spec, _title, text) => void said.push(text),
  };
  beforeEach(() => said.splice(0));

  const failing = (kind: CommandError['kind'], exitCode: number | undefined, stderr: string): Run => {
    return () => Promise.reject(new CommandError(kind, spec, exitCode, stderr));
  };

  it('shows a command before it runs, and what it printed afterwards, in the language of who reads it', async () => {
    const run: Run = (_spec, options) => {
      said.push(`seen: ${options?.seen}`);
      return Promise.resolve({ stdout: 'made', stderr: '' });
    };
    assert.deepEqual(await executeBy(run, screen)(spec, 'Make'), { exitCode: 0, cause: '' });
    assert.deepEqual(said, ['$ virsh', 'seen: true', 'made']);
  });

  const ends: readonly (readonly [string, string, number | undefined])[] = [
    ['failed by itself', 'error: Failed to create vol x\nerror: no space left', 1],
    [
      'lost its host',
      'error: Disconnected from qemu:///session due to end of file\nerror: End of file while reading data',
      undefined,
    ],
    ['did not reach it', 'error: failed to connect to the hypervisor\nerror: Connection refused', undefined],
  ];
  for (const [what, stderr, exitCode] of ends) {
    it(`says of a command that ${what} what is known of it`, async () => {
      const run = failing(failureKind(stderr), 1, stderr);
      const ended = await executeBy(run, screen)(spec, 'Make');
      assert.equal(ended.exitCode, exitCode);
      assert.notEqual(ended.cause, '');
    });
  }

  it('hands a failure on in its own words, for the log, where people are told in others', async () => {
    const stderr = "error: Requested operation is not valid: network 'lan' is not active\n";
    const failed: CommandError[] = [];
    const all: Screen = { ...screen, failed: (error) => void failed.push(error) };
    const ended = await executeBy(failing('other', 1, stderr), all)(spec, 'Make');
    assert.match(ended.cause, /virsh net-start lan/);
    assert.deepEqual(
      failed.map((error) => [error.exitCode, error.stderr]),
      [[1, stderr]],
    );
  });

  it('knows nothing of what was ended from outside, whatever code it had', async () => {
    for (const kind of ['cancelled', 'timeout'] as const)
      assert.equal((await executeBy(failing(kind, 1, ''), screen)(spec, 'Make')).exitCode, undefined);
  });

  it('throws where the program is not there', async () => {
    await assert.rejects(
      executeBy(failing('notInstalled', undefined, ''), screen)(spec, 'Make'),
      CommandError,
    );
  });
});
