import assert from 'node:assert/strict';
import path from 'node:path';
import { execa } from 'execa';
import { parseEvent } from '../../../src/host/events';

const root = path.resolve(import.meta.dirname, '../../..');

describe('followEvents', () => {
  it('says that there is no virsh, and ends nobody else', async function () {
    this.timeout(90_000);
    const script = `
      import { followEvents } from './src/host/events.ts';
      const program = { file: '/nowhere/virsh', uri: 'test:///default', env: process.env };
      followEvents(program, () => undefined, (why) => setTimeout(() => console.log(why), 200));`;
    // In a group of its own: the signal of a wrong kill ends all of it.
    const { stdout, signal } = await execa(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: root, detached: true, reject: false, timeout: 60_000 },
    );
    assert.equal(signal, undefined);
    assert.match(stdout, /^(spawn|setpriv: failed to execute) \/nowhere\/virsh/);
  });
});

describe('parseEvent', () => {
  it('takes the name as it is, with quotes and colons', () => {
    const line = `2026-11-22 20:15:00.000+0000: event 'lifecycle' for domain 'it's: a 'name'': Defined Added`;
    assert.deepEqual(parseEvent(line), { kind: 'domain', name: "it's: a 'name'" });
  });

  it('knows events of pools and leaves all other lines', () => {
    assert.deepEqual(
      parseEvent("2026-11-22 20:15:00.000+0000: event 'lifecycle' for storage pool my pool: Started"),
      { kind: 'pool', name: 'my pool' },
    );
    assert.equal(parseEvent('event loop timed out'), undefined);
  });
});
