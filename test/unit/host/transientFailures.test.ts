import assert from 'node:assert/strict';
import type { Domain } from '../../../src/host/domain';
import type { Host } from '../../../src/host/host';
import { Lineage } from '../../../src/lineage/lineage';
import { Refusal } from '../../../src/plan/plan';
import { removeAll } from '../../../src/plan/remove';
import { capturedHost } from '../capturedHost';
import { uuid } from '../builders';
import type { FakeReply } from '../fakeVirsh';

const id = uuid(2);
const busy = { stdout: '\n', stderr: 'error: Failed to do that\nerror: cannot do it now\n' };
const gone = { stdout: '\n', stderr: `error: failed to get domain '${id}'\n` };

function domainIn({ state }: Host): Domain | undefined {
  return state.inventory?.domains.find((domain) => domain.uuid === id);
}

function info(rest: string): FakeReply {
  return {
    stdout: `Name:           clone\nUUID:           ${id}\nPersistent:     yes\n${rest}\n`,
    stderr: '',
  };
}

describe('a failure that passes', () => {
  let instead: Map<string, FakeReply>;
  let asked: string[];
  let host: Host;
  beforeEach(async () => {
    instead = new Map();
    asked = [];
    host = capturedHost(instead, asked);
    await host.refresh();
    asked.length = 0;
  });

  const dominfo = `dominfo --domain '${id}'`;
  const domstats = `domstats --state --domain '${id}'`;

  it('never makes a domain vanish that was asked for by itself', async () => {
    instead.set(dominfo, busy).set(`dumpxml --domain ${id}`, busy);
    await host.reread({ domains: [id] });
    assert.equal(domainIn(host)?.name, 'clone');
    assert.match(domainIn(host)?.problem ?? '', /cannot do it now/);
    instead.clear();
    await host.refresh('changes');
    assert.equal(domainIn(host)?.problem, undefined);
  });

  it('is told apart from a domain that is gone', async () => {
    instead.set(dominfo, gone).set(domstats, gone);
    await host.reread({ domains: [id] });
    assert.equal(domainIn(host), undefined);
  });

  it('of a whole host is no news of a domain', async () => {
    instead.set(dominfo, busy).set('list --all --uuid --name', busy);
    const { error } = await host.reread({ domains: [id] });
    assert.match(String(error), /cannot do it now/);
    assert.equal(domainIn(host)?.problem, undefined);
  });

  it('of a definition ends with the next look for changes', async () => {
    instead.set(`dumpxml --domain ${id}`, { stdout: '<x/>', stderr: '' });
    await host.refresh();
    assert.match(domainIn(host)?.problem ?? '', /cannot be read/);
    await host.refresh('changes');
    assert.match(domainIn(host)?.problem ?? '', /cannot be read/);
    instead.clear();
    await host.refresh('changes');
    assert.equal(domainIn(host)?.problem, undefined);
    asked.length = 0;
    await host.refresh('changes');
    assert.ok(!asked.some((command) => command.startsWith('dumpxml')), 'what is well is not asked for again');
  });

  it('of a volume ends with the next look for changes', async () => {
    const path = '/tmp/lcap/pool/overlay.qcow2';
    const volume = () =>
      host.state.inventory?.pools.flatMap(({ volumes }) => volumes).find((each) => each.path === path);
    instead.set(`vol-dumpxml --vol '${path}'`, busy);
    await host.refresh();
    assert.match(volume()?.problem ?? '', /cannot do it now/);
    instead.clear();
    await host.refresh('changes'); // the pool's table is remembered
    await host.refresh('changes');
    assert.equal(volume()?.problem, undefined);
    asked.length = 0;
    await host.refresh('changes');
    assert.ok(!asked.some((command) => command.startsWith('vol-dumpxml')));
  });

  it('of the disks after the next start keeps their images guarded', async () => {
    instead
      .set('domstats --state', { stdout: `Domain: 'clone'\n  state.state=1\n`, stderr: '' })
      .set(`dumpxml --inactive --domain ${id}`, busy);
    await host.refresh();
    assert.match(domainIn(host)?.problem ?? '', /cannot do it now/);
  });

  const withSnapshot = { stdout: `${id}\n\n`, stderr: '' };
  for (const [what, replace] of [
    ['the list of snapshots', { [`snapshot-list --domain ${id} --name`]: busy }],
    [
      'a snapshot',
      {
        [`snapshot-list --domain ${id} --name`]: { stdout: 's1\n\n', stderr: '' },
        [`snapshot-dumpxml --domain ${id} --snapshotname 's1'`]: busy,
      },
    ],
  ] as const)
    it(`of ${what} keeps all images from being deleted`, async () => {
      instead.set('list --all --with-snapshot --uuid', withSnapshot);
      for (const [command, reply] of Object.entries(replace)) instead.set(command, reply);
      // What else the capture has that cannot be seen.
      const { pools, ...rest } = await host.inventory();
      const lineage = new Lineage({ ...rest, pools: pools.filter(({ active }) => active) });
      const [snapshot] = domainIn(host)?.baggage?.snapshots ?? [];
      assert.match(snapshot?.problem ?? '', /cannot do it now/);
      const volume = lineage.volume('/tmp/lcap/pool/new\nline.raw') ?? assert.fail('no volume');
      assert.throws(
        () => removeAll({ domains: [], volumes: [volume] }, lineage),
        (error) => error instanceof Refusal && /clone.*cannot do it now/s.test(error.message),
      );
    });

  it('takes what a domain has beside its definition from what is asked of it anyway', async () => {
    const stats = { stdout: `Domain: 'clone'\n  state.state=5\n`, stderr: '' };
    instead.set(domstats, stats);
    for (const [autostart, managedSave, says] of [
      [true, true, 'Autostart:      enable\nManaged save:   yes'],
      [true, true, 'Managed save:   unknown'],
      [false, true, 'Autostart:      disable\nManaged save:   yes'],
      [false, false, 'Autostart:      disable\nManaged save:   no'],
    ] as const) {
      instead.set(dominfo, info(says));
      await host.reread({ domains: [id] });
      const { baggage, problem } = domainIn(host) ?? assert.fail('it is gone');
      assert.deepEqual(
        [baggage?.autostart, baggage?.managedSave, problem],
        [autostart, managedSave, undefined],
      );
    }
  });
});
