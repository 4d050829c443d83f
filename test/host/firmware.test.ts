import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parallelRuns } from '../../src/host/host';
import { linkedClone, linkedClones, type LinkedCloneAnswers } from '../../src/plan/linkedClone';
import { readTemplateFacts } from '../../src/host/templateFacts';
import { methods } from '../../src/plan/machine';
import { start } from '../../src/plan/power';
import { remove } from '../../src/plan/remove';
import { PlanFailure } from '../../src/run/runPlan';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a linked clone of a UEFI template', () => {
  let lab: Lab;
  let host: LabHost;
  let nvram: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    nvram = path.join(lab.dir, 'c/libvirt/qemu/nvram');
    const own = path.join(lab.dir, 'own vars');
    await mkdir(own);
    const code = `<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>`;
    const vars = '/usr/share/OVMF/OVMF_VARS_4M.fd';
    await template('chosen', ` firmware='efi'`, '');
    await template('templated', '', `${code}<nvram template='${vars}'/>`);
    await template('split', '', `${code}<nvram template='${vars}'>${own}/split.vars</nvram>`);
    await template('never-started', '', `${code}<nvram template='${vars}'/>`, false);
  });
  after(() => lab.dispose());

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
    assert.deepEqual(await pools(), ['default'], 'the pools of the host are as they were');
  });

  for (const method of methods) {
    for (const [name, file] of [
      ['chosen', (clone: string) => path.join(nvram, `${clone}_VARS.fd`)],
      ['split', (clone: string) => path.join(lab.dir, `own vars/${clone}_VARS.vars`)],
    ] as const) {
      it(`by ${method} has a copy of the variables of ${name}, uses it, and takes it along when it goes`, async () => {
        const clone = `${name}-${method}`;
        await make(name, { name: clone, method });
        const copy = file(clone);
        assert.ok(
          (await readFile(copy)).includes(`mark of ${name}`),
          'the variables of the template are in it',
        );

        const lineage = await host.lineage();
        const domain = lineage.inventory.domains.find((candidate) => candidate.name === clone);
        assert.ok(domain);
        await host.run(start(domain, lineage));
        const argv = await lab.virsh('domxml-to-native', 'qemu-argv', '--domain', clone);
        assert.ok(argv.includes(`"filename":"${copy}"`), 'QEMU gets the copy');
        assert.ok((await readFile(copy)).includes(`mark of ${name}`), 'libvirt has not made it anew');
        await lab.virsh('destroy', clone);

        const now = await host.lineage();
        const off = now.inventory.domains.find((candidate) => candidate.name === clone);
        assert.ok(off);
        await host.run(remove(off, now).plan);
        assert.deepEqual(
          await readdir(path.dirname(copy)).then((files) => files.filter((f) => f.startsWith(clone))),
          [],
        );
      });
    }

    it(`by ${method} gets new variables where the template has none yet`, async () => {
      const clone = `fresh-${method}`;
      await make('never-started', { name: clone, method });
      await lab.virsh('start', clone, '--paused');
      assert.ok((await readdir(nvram)).includes(`${clone}_VARS.fd`));
      assert.ok(!(await readdir(nvram)).includes('never-started_VARS.fd'));
      await lab.virsh('destroy', clone);
    });
  }

  it('is told by libvirt whether there are variables, where files cannot be looked at', async () => {
    const { uri, run } = host.host;
    const { domains } = (await host.lineage()).inventory;
    for (const { name, uuid } of domains.filter((domain) =>
      /^(chosen|split|never-started)$/.test(domain.name),
    ))
      for (const local of [true, false]) {
        const { nvram: file } = await readTemplateFacts(uri, uuid, run, local);
        assert.equal(file?.exists, name !== 'never-started', `${name}, ${local ? 'here' : 'elsewhere'}`);
      }
  });

  it('leaves nothing behind when its machine cannot be made', async () => {
    for (const method of methods) {
      const plan = await planned('templated', { name: 'half', method });
      const before = await readdir(nvram);
      const [pool, copy] = ['pool-create', 'vol-clone'].map((command) =>
        plan.steps.findIndex(({ spec }) => spec.args.includes(command)),
      );
      assert.ok(pool !== undefined && copy !== undefined && pool >= 0 && copy > pool);
      const last = plan.steps[copy + 1]?.title;
      const controller = new AbortController();
      const cancel = (title: string) => {
        if (title === last) controller.abort();
        return Promise.resolve();
      };
      await assert.rejects(host.run(plan, controller.signal, cancel), PlanFailure);
      assert.deepEqual(await readdir(nvram), before);
      assert.deepEqual(await pools(), ['default']);
    }
  });

  it('is made several at a time, each with a copy of its own', async () => {
    const lineage = await host.lineage();
    const answers = await host.answers('templated', lineage, { method: 'define' });
    await host.run(linkedClones(answers, ['many-1', 'many-2', 'many-3'], lineage));
    for (const name of ['many-1', 'many-2', 'many-3'])
      assert.ok((await readFile(path.join(nvram, `${name}_VARS.fd`))).includes('mark of templated'));
  });

  it('is made while another run has a pool on the same directory, which neither takes from the other', async () => {
    const plans = [
      await planned('templated', { name: 'at-once-1', method: 'virt-clone' }),
      await planned('templated', { name: 'at-once-2', method: 'virt-clone' }),
      await planned('chosen', { name: 'at-once-3', method: 'define' }),
    ];
    await Promise.all(plans.map((plan) => host.runPiped(plan)));
    for (const name of ['at-once-1', 'at-once-2'])
      assert.ok((await readFile(path.join(nvram, `${name}_VARS.fd`))).includes('mark of templated'));
  });

  it('does not lean on a pool that ends with another run', async () => {
    const first = await planned('templated', { name: 'leans-1', method: 'define' });
    let second: Promise<void> | undefined;
    const meanwhile = async (title: string) => {
      if (second !== undefined || !(await pools()).some((name) => name.startsWith('linked-clones-'))) return;
      assert.notEqual(title, first.steps.at(-1)?.title, 'there is time for another one');
      // Planned while the first run's pool is there.
      second = host.runPiped(await planned('templated', { name: 'leans-2', method: 'define' }));
    };
    await host.run(first, undefined, meanwhile);
    assert.ok(second);
    await second;
  });

  it('is made a hundred times, each with variables of its own', async () => {
    const lineage = await host.lineage();
    const answers = await host.answers('templated', lineage, { method: 'define' });
    const names = Array.from({ length: 100 }, (_, index) => `uefi-${index}`);
    await host.runPiped(linkedClones(answers, names, lineage), { sideBySide: parallelRuns });
    const { domains } = (await host.lineage()).inventory;
    const files = domains.flatMap(({ name, nvramFile }) => (names.includes(name) ? [nvramFile] : []));
    assert.deepEqual(files.sort(), names.map((name) => path.join(nvram, `${name}_VARS.fd`)).sort());
    for (const file of files)
      assert.ok((await readFile(file ?? '')).includes('mark of templated'), `${file} is a copy`);
  });

  it('never takes a file for its own that is there already', async () => {
    const theirs = path.join(nvram, 'taken_VARS.fd');
    await writeFile(theirs, 'theirs');
    const plan = await planned('templated', { name: 'taken', method: 'define' });
    await assert.rejects(host.run(plan), /already a file/);
    assert.equal(await readFile(theirs, 'utf8'), 'theirs');
  });

  async function template(name: string, firmware: string, os: string, started = true): Promise<void> {
    const image = path.join(lab.poolDir, `${name}.qcow2`);
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '8M');
    await lab.virsh('pool-refresh', 'default');
    const file = path.join(lab.dir, `${name}.xml`);
    await writeFile(
      file,
      `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory>
        <os${firmware}><type arch='x86_64' machine='q35'>hvm</type>${os}</os><features><acpi/></features>
        <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${image}'/>
        <target dev='vda' bus='virtio'/></disk></devices></domain>`,
    );
    await lab.virsh('define', file);
    if (!started) return;
    await lab.virsh('start', name, '--paused');
    await lab.virsh('destroy', name);
    const argv = await lab.virsh('domxml-to-native', 'qemu-argv', '--domain', name);
    const vars = /"filename":"([^"]*)","node-name":"libvirt-pflash1-storage"/.exec(argv)?.[1];
    assert.ok(vars);
    // What an installation writes there, as far as libvirt can tell.
    await appendFile(vars, `mark of ${name}`);
  }

  async function planned(of: string, wish: Partial<LinkedCloneAnswers>) {
    const lineage = await host.lineage();
    return linkedClone(await host.answers(of, lineage, wish), lineage);
  }

  async function make(of: string, wish: Partial<LinkedCloneAnswers>): Promise<void> {
    await host.run(await planned(of, wish));
  }

  async function pools(): Promise<string[]> {
    const lines = (await lab.virsh('pool-list', '--all', '--name')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '');
  }
});
