import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { linkedClone, type LinkedCloneAnswers } from '../../src/plan/linkedClone';
import { methods } from '../../src/plan/machine';
import { volumeTools } from '../../src/plan/overlay';
import { Refusal } from '../../src/plan/plan';
import { remove } from '../../src/plan/remove';
import { start } from '../../src/plan/power';
import { PlanFailure } from '../../src/run/runPlan';
import { unmet } from '../../src/run/verify';
import { toScript } from '../../src/plan/script';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

interface ImageInfo {
  readonly format: string;
  readonly 'virtual-size': number;
  readonly 'full-backing-filename': string;
  readonly 'backing-filename-format': string;
  readonly 'format-specific': { readonly data: { readonly compat: string } };
}

describe('a linked clone', () => {
  let lab: Lab;
  let host: LabHost;
  let template: LabMachine;
  let templateHash: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    template = await lab.addTemplate('plantilla-prueba1');
    templateHash = await lab.hash(template.path);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
    assert.equal(await lab.hash(template.path), templateHash, "the template's image is unchanged");
    assert.deepEqual(await names('pool-list'), ['default'], 'no pool appeared by itself');
    await clear();
  });

  after(() => lab.dispose());

  for (const method of methods) {
    for (const volumeTool of volumeTools) {
      // A boot takes 6 s and tells methods apart, or tools; not each pair of them.
      const boots = methods.indexOf(method) === volumeTools.indexOf(volumeTool);
      it(`made by ${method} on an overlay by ${volumeTool} has the right base, ${boots ? 'boots, ' : ''}and can be thrown away`, async () => {
        const name = `${method}-${volumeTool}`;
        await make({ name, method, volumeTool });

        const overlay = path.join(lab.poolDir, `${name}.qcow2`);
        const info = await imageInfo(overlay);
        assert.deepEqual(
          [
            info.format,
            info['full-backing-filename'],
            info['backing-filename-format'],
            info['virtual-size'],
            info['format-specific'].data.compat,
          ],
          ['qcow2', template.path, 'qcow2', 128 * 2 ** 20, '1.1'],
        );
        const lineage = await host.lineage();
        const clone = lineage.inventory.domains.find((domain) => domain.name === name);
        assert.ok(clone?.mark?.kind === 'clone');
        assert.equal(clone.mark.of, template.uuid);
        const noted = clone.mark.bases?.map(({ path: file }) => file) ?? [];
        assert.ok(noted.includes(template.path), noted.join());
        assert.equal(lineage.parentOf(clone)?.uuid, template.uuid);

        if (boots) {
          await host.run(start(clone, lineage));
          assert.match(await lab.waitForReady(name, 90_000), /READY boots=1/);
          await lab.virsh('destroy', '--domain', name);
        }
        await discard(name);
        assert.deepEqual(await names('list'), ['plantilla-prueba1']);
        assert.deepEqual(await volumes(), [path.basename(template.path)]);
      });
    }
  }

  it('takes names that a shell or virsh would read as something else', async () => {
    for (const method of methods) {
      // virt-install 4.1 itself takes no blanks in names.
      const blank = method === 'virt-install' ? '_' : ' ';
      // Nor does any version of virtinst write these rightly into a definition.
      const more = method === 'define' ? ` & <b> 'c' "d"` : '';
      const name = `web $(id) \`x\` ñ; #1 * \\ ${method}${more}`.replaceAll(' ', blank);
      await make({ name, method });
      const lineage = await host.lineage();
      const clone = lineage.inventory.domains.find((domain) => domain.name === name);
      assert.deepEqual(clone === undefined ? undefined : lineage.imagesOf(clone), [
        path.join(lab.poolDir, `${name}.qcow2`),
      ]);
      await discard(name);
    }
  });

  it('is made of a template whose name XML, shells and options would read as something else', async () => {
    const hostile = `-raw $(id) & <b> 'ñ' "q"`;
    const original = await lab.addTemplate(hostile);
    await assert.rejects(
      planned({ name: 'plain', volumeTool: 'vol-create-as' }, hostile),
      /vol-create-as cannot take & in/,
    );
    await make({ name: 'plain' }, hostile);
    assert.equal(
      (await imageInfo(path.join(lab.poolDir, 'plain.qcow2')))['full-backing-filename'],
      original.path,
    );
    await lab.virsh('start', '--domain', 'plain');
    assert.match(await lab.waitForReady('plain', 90_000), /READY boots=1/);
  });

  it('is not made where VS Code would change a path on its way to a command', async () => {
    const hostile = 'home ${env:HOME}';
    await lab.addTemplate(hostile);
    await assert.rejects(planned({ name: 'plain' }, hostile), /VS Code would replace/);
  });

  it('stands on a volume whose name has a line break', async () => {
    const name = 'two\nlines.qcow2';
    const original = await lab.addTemplate('lines', { volume: name });
    assert.deepEqual(await volumes(), [path.basename(template.path), name]);
    await make({ name: 'one-line' }, 'lines');
    const info = await imageInfo(path.join(lab.poolDir, 'one-line.qcow2'));
    assert.equal(info['full-backing-filename'], original.path);
  });

  it('of a raw template reads its overlay as qcow2, by every method', async () => {
    await lab.addTemplate('raw', { format: 'raw' });
    for (const method of methods) {
      const name = `of-raw-${method}`;
      await make({ name, method }, 'raw');
      const info = await imageInfo(path.join(lab.poolDir, `${name}.qcow2`));
      assert.equal(info['backing-filename-format'], 'raw');
      const clone = (await host.lineage()).inventory.domains.find((domain) => domain.name === name);
      assert.equal(clone?.disks[0]?.format, 'qcow2');
      // By the one that has to be corrected: virt-clone keeps the driver of the template.
      if (method === 'virt-clone') {
        await lab.virsh('start', '--domain', name);
        assert.match(await lab.waitForReady(name, 90_000), /READY boots=1/);
        await lab.virsh('destroy', '--domain', name);
      }
      await discard(name);
    }
  });

  it('is made alike by its script, run by hand in bash, and only once', async () => {
    for (const [index, method] of methods.entries()) {
      const plan = await planned({
        name: `it is ${method}`.replaceAll(' ', '_'),
        method,
        volumeTool: volumeTools[index] ?? 'qemu-img',
      });
      const script = path.join(lab.dir, 'script.sh');
      await writeFile(script, toScript(plan));
      await lab.run('bash', script);
      const { uri, run, local } = host.host;
      for (const { verify } of plan.steps)
        if (verify !== undefined) assert.equal(await unmet(verify, { uri, run, local }), undefined);
      await assert.rejects(lab.run('bash', script));
    }
  });

  it('has an overlay for each disk of its template', async () => {
    const two = await lab.addTemplate('two');
    const data = path.join(lab.poolDir, 'data.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', data, '8M');
    await lab.virsh('pool-refresh', 'default');
    const disk = [
      '--source',
      data,
      '--target',
      'vdb',
      '--driver',
      'qemu',
      '--subdriver',
      'qcow2',
      '--config',
    ];
    await lab.virsh('attach-disk', '--domain', 'two', ...disk);
    for (const method of methods) {
      await make({ name: 'pair', method }, 'two');
      assert.equal(
        (await imageInfo(path.join(lab.poolDir, 'pair.qcow2')))['full-backing-filename'],
        two.path,
      );
      assert.equal(
        (await imageInfo(path.join(lab.poolDir, 'pair-vdb.qcow2')))['full-backing-filename'],
        data,
      );
      await discard('pair');
    }
  });

  it('is taken back when virt-clone fails, and what took its name meanwhile stays', async () => {
    const plan = await planned({ name: 'taken' });
    const take = async (title: string) => {
      const step = plan.steps.find((candidate) => candidate.title === title);
      // In the last moment, after everything was looked at.
      if (step?.spec.file === 'virt-clone') await lab.addMachine('taken', { volume: 'other.qcow2' });
    };
    const failure = await failed(host.run(plan, undefined, take));
    assert.match(failure.message, /Guest name 'taken' is already in use/);
    assert.match(failure.step.spec.file, /virt-clone/);
    assert.equal(failure.undone.length, 1);
    assert.deepEqual(failure.left, []);
    assert.deepEqual(await names('list'), ['plantilla-prueba1', 'taken']);
    assert.deepEqual(await volumes(), ['other.qcow2', path.basename(template.path)]);
  });

  for (const volumeTool of volumeTools) {
    it(`is taken back when it is cancelled before virt-clone, with ${volumeTool}`, async () => {
      const plan = await planned({ name: 'half', volumeTool });
      const controller = new AbortController();
      const last = plan.steps.find(({ spec }) => spec.file === 'virt-clone')?.title;
      const cancel = (title: string) => {
        if (title === last) controller.abort();
        return Promise.resolve();
      };
      const failure = await failed(host.run(plan, controller.signal, cancel));
      assert.equal(failure.cancelled, true);
      assert.deepEqual(await names('list'), ['plantilla-prueba1']);
      assert.deepEqual(await volumes(), [path.basename(template.path)]);
    });
  }

  it('never overwrites a file that its pool has not seen', async () => {
    const file = path.join(lab.poolDir, 'precious.qcow2');
    for (const volumeTool of volumeTools) {
      const plan = await planned({ name: 'precious', volumeTool });
      await copyFile(template.path, file);
      const before = await readFile(file);
      await failed(host.run(plan));
      assert.ok(before.equals(await readFile(file)), volumeTool);
      await lab.run('rm', '-f', file);
      await lab.virsh('pool-refresh', 'default');
    }
  });

  it('is not made of a template that runs, nor on a base that is gone', async () => {
    const other = await lab.addMachine('other');
    await lab.virsh('start', '--domain', 'other', '--paused');
    await assert.rejects(planned({ name: 'no' }, 'other'), Refusal);
    await lab.virsh('destroy', '--domain', 'other');
    await make({ name: 'middle' }, 'other');
    await lab.run('mv', other.path, `${other.path}.away`);
    await lab.virsh('pool-refresh', 'default');
    await assert.rejects(planned({ name: 'no' }, 'middle'), /broken/);
  });

  it('is never started or deleted while others stand on it, though they are off', async () => {
    await make({ name: 'clone' });
    const lineage = await host.lineage();
    const domain = lineage.domain(template.uuid);
    assert.ok(domain);
    assert.throws(() => start(domain, lineage), /clone/);
    assert.throws(() => remove(domain, lineage), /clone/);
    await discard('clone');
  });

  it('leaves everything but its own overlay when it is deleted', async () => {
    const iso = path.join(lab.poolDir, 'media.iso');
    await writeFile(iso, 'an ISO image that is a volume of the pool');
    await make({ name: 'clone' });
    await lab.virsh('attach-disk', '--domain', 'clone', '--type', 'cdrom', '--config', iso, 'sda');
    await lab.virsh('pool-refresh', 'default');
    await discard('clone');
    assert.deepEqual(await volumes(), ['media.iso', path.basename(template.path)]);
  });

  it('is made and read alike where the tools speak Spanish', async () => {
    const spanish = new LabHost(lab, { LANG: 'es_ES.UTF-8', LANGUAGE: 'es', LC_ALL: 'es_ES.UTF-8' });
    const before = await spanish.lineage();
    await spanish.run(
      linkedClone(await spanish.answers(template.name, before, { name: 'clon-año' }), before),
    );
    const clone = (await spanish.lineage()).inventory.domains.find(({ name }) => name === 'clon-año');
    assert.equal(clone?.state, 'shutoff');
  });

  async function planned(wish: Partial<LinkedCloneAnswers>, of?: string) {
    const lineage = await host.lineage();
    return linkedClone(await host.answers(of ?? template.name, lineage, wish), lineage);
  }

  async function make(wish: Partial<LinkedCloneAnswers>, of?: string): Promise<void> {
    await host.run(await planned(wish, of));
  }

  async function discard(name: string): Promise<void> {
    const lineage = await host.lineage();
    const domain = lineage.inventory.domains.find((candidate) => candidate.name === name);
    assert.ok(domain);
    await host.run(remove(domain, lineage).plan);
  }

  /** Leaves the template alone, whatever a test has made and why ever it ended. */
  async function clear(): Promise<void> {
    for (const name of await names('list')) {
      if (name === template.name) continue;
      await lab.virsh('destroy', '--domain', name).catch(() => undefined);
      await lab.virsh('undefine', '--domain', name);
    }
    for (const file of await readdir(lab.poolDir)) {
      if (file !== path.basename(template.path)) await rm(path.join(lab.poolDir, file));
    }
    await lab.virsh('pool-refresh', 'default');
  }

  async function names(list: 'list' | 'pool-list'): Promise<string[]> {
    const lines = (await lab.virsh(list, '--all', '--name')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').sort();
  }

  async function volumes(): Promise<string[]> {
    const { inventory } = await host.lineage();
    return inventory.pools.flatMap((pool) => pool.volumes.map((volume) => volume.name)).sort();
  }

  async function imageInfo(file: string): Promise<ImageInfo> {
    return JSON.parse(await lab.run('qemu-img', 'info', '--output=json', file)) as ImageInfo;
  }
});

async function failed(run: Promise<void>): Promise<PlanFailure> {
  const failure = await run.then(
    () => assert.fail('the plan must fail'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof PlanFailure, String(failure));
  return failure;
}
