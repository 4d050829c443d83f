import assert from 'node:assert/strict';
import { chmod, copyFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { CommandSpec } from '../../src/host/commandLine';
import { reserve } from '../../src/host/files';
import { withInputFile } from '../../src/host/inputFile';
import { linkedClone } from '../../src/plan/linkedClone';
import { methods, type Method } from '../../src/plan/machine';
import { volumeTools, type VolumeTool } from '../../src/plan/overlay';
import type { Plan } from '../../src/plan/plan';
import { remove } from '../../src/plan/remove';
import { PlanFailure, runPlan, type Execute } from '../../src/run/runPlan';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';
import { processesOf } from '../support/labProcesses';

/** What goes wrong at a step. */
const faults = [
  'fails',
  'is killed',
  'is cancelled',
  'disk full',
  'permission denied',
  'libvirtd killed',
] as const;
type Fault = (typeof faults)[number];

// Where `npm run test:faults` mounts a small tmpfs for this run alone.
const small = process.env.SMALL_DISK ?? '';

describe('whatever goes wrong while a linked clone is made', () => {
  let lab: Lab;
  let host: LabHost;
  const pool = path.join(small, 'pool');
  const filler = path.join(small, 'filler');
  let nvram: string;

  before(async () => {
    assert.notEqual(small, '', 'a small disk is mounted');
    lab = await createLab();
    host = new LabHost(lab);
    nvram = path.join(lab.dir, 'c/libvirt/qemu/nvram');
    await lab.definePool('small', pool);
    const base = path.join(pool, 'base.qcow2');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', base, '64M');
    await lab.virsh('pool-refresh', 'small');
    const os = `<type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'/>`;
    const file = path.join(lab.dir, 'base.xml');
    await writeFile(
      file,
      `<domain type='qemu'><name>base</name><memory unit='MiB'>64</memory><os>${os}</os><features><acpi/></features><devices>
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${base}'/><target dev='vda' bus='virtio'/></disk>
        </devices></domain>`,
    );
    await lab.virsh('define', file);
    await lab.virsh('start', 'base', '--paused');
    await lab.virsh('destroy', 'base');
    await copyFile(path.join(nvram, 'base_VARS.fd'), path.join(lab.dir, 'vars'));
  });

  after(async () => {
    host.host.dispose();
    await lab.dispose();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.slice(-20).join('\n'));
    host.transcript.length = 0;
  });

  // Each method with one tool, and each tool with the quickest method.
  const routes: readonly (readonly [Method, VolumeTool])[] = [
    ...methods.map((method) => [method, 'vol-create'] as const),
    ...volumeTools.filter((tool) => tool !== 'vol-create').map((tool) => ['define', tool] as const),
  ];
  for (const [method, volumeTool] of routes) {
    for (const fault of faults) {
      it(`${fault}, at each step of ${method} on ${volumeTool}: all is as before, and it works when repeated`, async function () {
        const { length } = (await planned('count', method, volumeTool)).steps;
        assert.ok(length > 3);
        let failures = 0;
        for (let step = 0; step < length; step++) {
          const before = await state();
          const plan = await planned(`clone-${step}`, method, volumeTool);
          const failure = await carriedOut(plan, step, fault);
          const place = `step ${step} (${plan.steps[step]?.spec.args.join(' ')})`;
          if (failure !== undefined) failures++;
          if (failure === undefined) await discard(`clone-${step}`);
          else for (const command of failure.left) await byHand(command);
          assert.deepEqual(await state(), before, `${place}: ${failure?.message ?? 'no failure'}`);
        }
        // A killed daemon is started again by the next command; all else is noticed somewhere.
        assert.ok(failures > 0 || fault === 'libvirtd killed', 'the fault has hit something');
        // Once more, with nothing in the way.
        const before = await state();
        await host.run(await planned('clone-0', method, volumeTool));
        await discard('clone-0');
        assert.deepEqual(await state(), before);
      });
    }
  }

  async function planned(name: string, method: Method, volumeTool: VolumeTool): Promise<Plan> {
    const lineage = await host.lineage();
    return linkedClone(await host.answers('base', lineage, { name, method, volumeTool }), lineage);
  }

  /** Carries the plan out with the fault at one step, and then mends what was wrong with the host. */
  async function carriedOut(plan: Plan, at: number, fault: Fault): Promise<PlanFailure | undefined> {
    const controller = new AbortController();
    let index = -1;
    const execute: Execute = async (spec, _title, signal) => {
      const faulty = ++index === at;
      if (faulty) await prepare(fault);
      const { file, args } = faulty && fault === 'fails' ? { file: 'false', args: [] } : spec;
      return run({ ...spec, args }, file, signal, faulty ? fault : undefined, controller);
    };
    const { uri, run: ask, local } = host.host;
    try {
      await runPlan(plan, { uri, run: ask, local, execute, reserve }, controller.signal);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof PlanFailure, String(error));
      return error;
    } finally {
      await chmod(pool, 0o755);
      await rm(filler, { force: true });
    }
  }

  async function prepare(fault: Fault): Promise<void> {
    if (fault === 'permission denied') await chmod(pool, 0o555);
    if (fault === 'disk full') {
      const { bavail, bsize } = await statfs(small);
      await writeFile(filler, Buffer.alloc(bavail * bsize));
    }
    if (fault === 'libvirtd killed') {
      for (const { pid, program } of processesOf(lab.dir))
        if (program === 'libvirtd') process.kill(pid, 'SIGKILL');
    }
  }

  async function run(
    spec: CommandSpec,
    file: string,
    signal: AbortSignal | undefined,
    fault: Fault | undefined,
    controller: AbortController,
  ): Promise<number | undefined> {
    const result = await withInputFile(spec, async ({ args }) => {
      const child = execa(file, args, {
        env: lab.env,
        extendEnv: false,
        all: true,
        reject: false,
        stdin: 'ignore',
        ...(signal === undefined ? {} : { cancelSignal: signal }),
      });
      if (fault === 'is killed' || fault === 'is cancelled') {
        // Somewhere in the middle: virsh takes 30 ms, virt-clone a second.
        await sleep(file === 'virsh' || file === 'qemu-img' ? 15 : 400);
        if (fault === 'is killed') child.kill('SIGKILL');
        else controller.abort();
      }
      return child;
    });
    host.transcript.push(`$ ${result.escapedCommand}\n${result.all}`);
    return result.exitCode;
  }

  /** Everything a run could have changed: what libvirt knows, what is on disk, and the bytes of the template. */
  async function state() {
    await lab.virsh('pool-refresh', 'small');
    const names = async (...command: string[]) => (await lab.virsh(...command)).split('\n').sort();
    return {
      domains: await names('list', '--all', '--name'),
      pools: await names('pool-list', '--all', '--name'),
      volumes: await names('vol-list', '--pool', 'small'),
      files: (await readdir(pool)).sort(),
      variables: (await readdir(nvram)).sort(),
      base: await lab.hash(path.join(pool, 'base.qcow2')),
      vars: await lab.hash(path.join(nvram, 'base_VARS.fd')),
    };
  }

  /** What the message names: a command, or a path with the reason why nobody could be asked. */
  async function byHand(command: string): Promise<void> {
    if (command.startsWith('virsh')) await lab.run('bash', '-c', command);
  }

  async function discard(name: string): Promise<void> {
    const lineage = await host.lineage();
    const domain = lineage.inventory.domains.find((candidate) => candidate.name === name);
    assert.ok(domain, `${name} was made`);
    await host.run(remove(domain, lineage).plan);
  }
});
