import assert from 'node:assert/strict';
import path from 'node:path';
import { untilOff } from '../../src/host/untilOff';
import type { Lineage } from '../../src/lineage/lineage';
import { disableAutostart, enableAutostart } from '../../src/plan/autostart';
import type { Plan } from '../../src/plan/plan';
import { forceOff, reset, shutdown, start, together } from '../../src/plan/power';
import { rename } from '../../src/plan/rename';
import { discardSaved, save } from '../../src/plan/savedState';
import { PlanFailure } from '../../src/run/runPlan';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('the rest of a machine’s life, on a real host', () => {
  let lab: Lab;
  let host: LabHost;
  let web: LabMachine;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    web = await lab.addMachine('web');
  });
  after(() => lab.dispose());

  const found = (lineage: Lineage) => lineage.domain(web.uuid) ?? assert.fail();
  const boots = (line: string) => Number(/boots=(\d+)/.exec(line)?.[1]);

  async function run(planOf: (domain: ReturnType<typeof found>, lineage: Lineage) => Plan): Promise<void> {
    const lineage = await host.lineage();
    await host.run(planOf(found(lineage), lineage));
  }

  it('waits for guests that shut down, and no longer than it should for one that never does', async function () {
    this.timeout(240_000);
    // It boots nothing, so nothing in it hears the power button.
    const image = path.join(lab.dir, 'empty.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '1M');
    const deaf = await lab.addMachine('deaf', { image });
    const find = (lineage: Lineage) =>
      [web, deaf].map(({ uuid }) => lineage.domain(uuid) ?? assert.fail(`no ${uuid}`));
    const off = await host.lineage();
    await host.run(together('Start', find(off), off, start));
    await lab.waitForReady('web', 90_000);
    const on = await host.lineage();
    const asked = find(on);
    await host.run(together('Shut Down', asked, on, (domain, now) => shutdown(domain, now, 'acpi')));
    const seen = new Set<string>();
    const running = await untilOff(host.host, asked, {
      limitMs: 30_000,
      onLook: (still) => seen.add(still.map(({ name }) => name).join()),
    });
    assert.deepEqual(
      running.map(({ name }) => name),
      ['deaf'],
    );
    assert.ok(seen.has('web,deaf') && seen.has('deaf'), [...seen].join(' | '));
    await host.run(forceOff(running[0] ?? assert.fail(), await host.lineage()));
    assert.deepEqual(await untilOff(host.host, asked, { limitMs: 30_000 }), []);
  });

  it('saves a guest and lets it go on from there, without another boot', async function () {
    this.timeout(180_000);
    await run(start);
    const before = boots(await lab.waitForReady('web', 90_000));
    await run(save);
    const saved = found(await host.lineage());
    assert.deepEqual([saved.state, saved.baggage?.managedSave], ['shutoff', true]);
    await run(start);
    assert.equal(boots(await lab.waitForReady('web', 90_000)), before, 'it went on');
    assert.equal(found(await host.lineage()).baggage?.managedSave, false);
    await run(reset);
    for (let now = before; now === before;) now = boots(await lab.waitForReady('web', 90_000));
  });

  it('discards what was saved, and the next start is an ordinary one', async () => {
    await run(save);
    await run(discardSaved);
    assert.equal(found(await host.lineage()).baggage?.managedSave, false);
  });

  it('knows of a saved state and of autostart as soon as a changed machine is read again', async () => {
    await run(enableAutostart);
    const kept = async () => {
      const { inventory } = await host.host.reread({ domains: [web.uuid] });
      return inventory?.domains.find(({ uuid }) => uuid === web.uuid)?.baggage?.autostart;
    };
    assert.equal(await kept(), true);
    assert.match(await lab.virsh('dominfo', web.uuid), /^Autostart: +enable$/m);
    await run(disableAutostart);
    assert.equal(await kept(), false);
  });

  it('renames a machine with snapshots and autostart, which keep to it', async () => {
    await lab.virsh('snapshot-create-as', web.uuid, 'before');
    await lab.virsh('autostart', web.uuid);
    await run((domain, lineage) => rename({ domain, name: `it's "a" <b>` }, lineage));
    const { name, baggage, disks } = found(await host.lineage());
    assert.deepEqual([name, baggage?.autostart, baggage?.snapshots.length], [`it's "a" <b>`, true, 1]);
    assert.equal(disks[0]?.source, web.path, 'its files keep their names');
  });

  it('takes a rename back when a later step fails', async () => {
    const lineage = await host.lineage();
    const plan = rename({ domain: found(lineage), name: 'other' }, lineage);
    const failing = {
      title: 'fails',
      spec: { file: 'virsh', args: ['--connect', lab.uri, 'no-such'] },
    } as const;
    await assert.rejects(host.run({ ...plan, steps: [...plan.steps, failing] }), PlanFailure);
    assert.equal(found(await host.lineage()).name, `it's "a" <b>`);
  });
});
