import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { linkedClone, linkedClones } from '../../src/plan/linkedClone';
import { methods } from '../../src/plan/machine';
import { remove } from '../../src/plan/remove';
import { toScript } from '../../src/plan/script';
import { PlanFailure } from '../../src/run/runPlan';
import { Clones } from '../support/clones';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a linked clone with a seed for cloud-init', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    await lab.addTemplate('template');
  });
  after(() => lab.dispose());

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
  });

  const cloudInit = {
    hostName: undefined,
    user: 'ana',
    sshKeys: ['ssh-ed25519 AAAA ana@home'],
    userData: "#!/bin/sh\necho 'España' > /etc/motd\n",
  };
  const seedOf = (name: string) => path.join(lab.poolDir, `${name}-cidata.iso`);

  async function file(seed: string, name: string): Promise<string> {
    const copy = path.join(lab.dir, `${path.basename(seed)}.${name}`);
    await lab.run('xorriso', '-osirrox', 'on', '-indev', seed, '-extract', `/${name}`, copy);
    return lab.run('cat', copy);
  }

  async function erase(name: string): Promise<string[]> {
    const lineage = await host.lineage();
    const { plan, deleted } = remove(await clones.domain(name), lineage);
    await host.run(plan);
    return deleted.map((volume) => volume.name).sort();
  }

  for (const method of methods) {
    it(`is made, starts with it and takes it along when it is deleted, by ${method}`, async () => {
      const before = await readdir(lab.poolDir);
      const name = `seeded-${method}`;
      await clones.make('template', { name, method, cloudInit, start: true });
      assert.match(await lab.waitForReady(name, 110_000), /READY boots=1/, name);
      await lab.virsh('destroy', name);

      const seed = seedOf(name);
      const domain = await clones.domain(name);
      assert.ok(domain.mark?.kind === 'clone');
      assert.equal(domain.mark.seed, seed);
      const disk = domain.disks.find(({ source }) => source === seed);
      assert.deepEqual([disk?.readonly, disk?.format], [true, 'raw']);
      assert.match((await readFile(seed, 'latin1')).slice(0, 2 ** 16), /CD001[^]*cidata/);
      assert.match(await file(seed, 'meta-data'), new RegExp(`"local-hostname": "${name}"`));
      const userData = await file(seed, 'user-data');
      assert.match(userData, /"name": "ana"/);
      assert.match(userData, /ssh-ed25519 AAAA ana@home/);
      assert.match(userData, /España/);

      assert.deepEqual(await erase(name), [`${name}-cidata.iso`, `${name}.qcow2`]);
      assert.deepEqual(await readdir(lab.poolDir), before);
    });
  }

  it('leaves nothing of the seed behind when it cannot start', async () => {
    const before = await readdir(lab.poolDir);
    const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${(await clones.domain('template')).disks[0]?.source}'/><target dev='vda' bus='virtio'/></disk>`;
    await clones.define('stuck', `${disk}<interface type='bridge'><source bridge='nowhere0'/></interface>`);
    const lineage = await host.lineage();
    const answers = await host.answers('stuck', lineage, {
      name: 'no',
      method: 'define',
      cloudInit,
      start: true,
    });
    const plan = linkedClone(answers, lineage);
    const failure = await host.run(plan).then(
      () => assert.fail('it cannot start'),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof PlanFailure, String(failure));
    assert.ok(failure.step.spec.args.includes('start'), failure.message);
    assert.deepEqual(failure.left, []);
    await lab.virsh('undefine', 'stuck');
    assert.deepEqual(await readdir(lab.poolDir), before);
    assert.equal(existsSync(directoryOf(toScript(plan))), false);
  });

  it('is made by hand from the script, for two names that differ, and its clone gets a seed of its own', async () => {
    const lineage = await host.lineage();
    const answers = await host.answers('template', lineage, { method: 'virt-clone', cloudInit });
    const script = toScript(linkedClones(answers, ['one', 'two'], lineage));
    await lab.run('bash', '-c', script);
    const [one, two] = [await file(seedOf('one'), 'meta-data'), await file(seedOf('two'), 'meta-data')];
    assert.match(one, /"local-hostname": "one"/);
    assert.match(two, /"local-hostname": "two"/);
    const instance = /"instance-id": "(.*)"/;
    assert.notEqual(instance.exec(one)?.[1], instance.exec(two)?.[1]);
    assert.equal(existsSync(directoryOf(script)), false);

    for (const method of ['define', 'virt-clone'] as const) {
      const name = `of-one-${method}`;
      await clones.make('one', { name, method, cloudInit });
      assert.deepEqual(await seeds(name), [`${name}-cidata.iso`]);
      assert.deepEqual(await erase(name), [`${name}-cidata.iso`, `${name}.qcow2`]);
    }
    for (const method of ['define', 'virt-clone'] as const) {
      await clones.make('one', { name: 'nobody', method });
      assert.deepEqual(await seeds('nobody'), []);
      await erase('nobody');
    }
    assert.ok(existsSync(seedOf('one')), 'the seed of another machine stays');
  });

  async function seeds(name: string): Promise<string[]> {
    return (await clones.domain(name)).disks.flatMap(({ source }) => source?.match(/[^/]+\.iso$/) ?? []);
  }

  function directoryOf(script: string): string {
    return /\/tmp\/libvirt-seed-[0-9a-f-]+/.exec(script)?.[0] ?? assert.fail('no directory');
  }
});
