import { Host } from '../../src/host/host';
import { batchConnection } from '../support/batchConnection';
import { uri } from './builders';
import { replies } from './captures';
import { fakeVirsh, type FakeReply } from './fakeVirsh';

/**
 * A host as it was captured.
 * @param instead what virsh says to some commands in place of what it said then; may be changed between readings
 * @param asked gets the commands that are asked
 */
export function capturedHost(instead: ReadonlyMap<string, FakeReply>, asked: string[] = []): Host {
  const known = replies('9.0.0');
  const gone = { stdout: '\n', stderr: `error: failed to get domain 'x'\n` };
  const { run } = fakeVirsh((command) => {
    asked.push(command);
    return instead.get(command) ?? known.get(command) ?? gone;
  });
  return new Host(uri, run, batchConnection(run, uri));
}
