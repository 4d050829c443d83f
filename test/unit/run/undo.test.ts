import assert from 'node:assert/strict';
import type { Run } from '../../../src/host/process';
import { takeBack } from '../../../src/run/undo';
import { uri, uuid } from '../builders';

describe('run/undo', () => {
  const domain = uuid(1);
  const undo = { kind: 'abortJob', domain } as const;

  /** A host whose one machine is in this state and has this job. */
  const host = (state: number, job: string) => {
    const run: Run = ({ args }) => {
      const answers: Readonly<Record<string, string>> = {
        dumpxml: `<domain><name>web</name><uuid>${domain}</uuid></domain>`,
        domstats: `Domain: 'web'\n  state.state=${state}\n`,
        domjobinfo: `Job type:         ${job}\n\n`,
      };
      return Promise.resolve({ stdout: answers[args[2] ?? ''] ?? assert.fail(args.join(' ')), stderr: '' });
    };
    return { uri, local: true, run };
  };

  it('ends the saving of a machine that is under way', async () => {
    const back = await takeBack(undo, host(1, 'Unbounded   '));
    const command = ['--connect', uri, 'domjobabort', '--domain', domain];
    assert.deepEqual(back?.specs, [{ file: 'virsh', args: command }]);
  });

  it('does nothing where there is none, or it is over', async () => {
    assert.equal(await takeBack(undo, host(1, 'None        ')), undefined);
    assert.equal(await takeBack(undo, host(5, 'Unbounded   ')), undefined);
  });
});
