import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../../src/host/commandLine';
import { CommandError } from '../../src/host/errors';
import { reserve } from '../../src/host/files';
import type { Run } from '../../src/host/process';
import type { Plan, Step } from '../../src/plan/plan';
import { remove } from '../../src/plan/remove';
import { executeBy } from '../../src/run/executeBy';
import { Journal, readJournal } from '../../src/run/journal';
import { PlanFailure, runPlan, type Means } from '../../src/run/runPlan';
import { undoAll } from '../../src/run/undoAll';
import type { Lab } from './lab';
import type { LabHost } from './labHost';
import { processesOf } from './labProcesses';

/** What goes wrong at a step. */
export const faults = [
  'fails',
  'is killed',
  'is cancelled',
  'disk full',
  'permission denied',
  'libvirtd killed',
] as const;
export type Fault = (typeof faults)[number];

/** A host on which clones are made while something goes wrong. */
export interface Scene {
  readonly lab: Lab;
  readonly host: LabHost;
  /** A clone of this name as a plan; the same each time it is asked for is not needed. */
  readonly planned: (name: string) => Promise<Plan>;
  /** Everything a run could have changed. */
  readonly state: () => Promise<unknown>;
  /** Makes the fault where it is one of the host's, and undoes that. */
  readonly breaks?: (fault: Fault) => Promise<void>;
  readonly mends?: () => Promise<void>;
}

// What its user, or libvirt, may not do any more has to be done by hand when that is mended.
const leavesSomething: readonly Fault[] = ['permission denied'];
// These hit every step, whatever it does.
const hitsAlways: readonly Fault[] = ['fails', 'is cancelled'];

/**
 * One fault at each step: afterwards all is as before, and the same plan works.
 * @param which the steps that are tried; all unless told
 */
export async function throughFault(
  scene: Scene,
  fault: Fault,
  which: (step: Step) => boolean = () => true,
): Promise<void> {
  const { host, state } = scene;
  const { steps } = await scene.planned('count');
  assert.ok(steps.some(which));
  let failures = 0;
  for (const [step, found] of steps.entries()) {
    if (!which(found)) continue;
    const name = `clone-${step}`;
    const before = await state();
    const plan = await scene.planned(name);
    const place = `step ${step} (${plan.steps[step]?.spec.args.join(' ')})`;
    const { failure, left } = await carriedOut(scene, plan, step, fault);
    if (failure === undefined) await discard(host, name);
    else failures++;
    if (hitsAlways.includes(fault)) assert.ok(failure, `${place} was hit`);
    if (!leavesSomething.includes(fault)) assert.deepEqual(left, [], `${place}: ${failure?.message}`);
    for (const command of left) await scene.lab.run('bash', '-c', command);
    assert.deepEqual(await state(), before, `${place}: ${failure?.message ?? 'no failure'}`);
    // Once more, with nothing in the way.
    await host.runPiped(plan);
    await discard(host, name);
    assert.deepEqual(await state(), before, `${place}, once more`);
  }
  assert.ok(failures > 0, 'the fault has hit something');
}

/** Carries a plan out as the extension does, and what is left because the host went takes back when it is there again. */
async function carriedOut(
  { lab, host, breaks, mends }: Scene,
  plan: Plan,
  at: number,
  fault: Fault,
): Promise<{ readonly failure: PlanFailure | undefined; readonly left: readonly string[] }> {
  const controller = new AbortController();
  const piped = host.host.pipedRun();
  const journal = await Journal.open(path.join(lab.dir, 'runs'), randomUUID(), plan);
  let index = -1;
  const faulty: Run = async (spec, options) => {
    if (++index !== at) return piped.run(spec, options);
    if (fault === 'fails') throw new CommandError('other', spec, 1, 'error: made to fail');
    await breaks?.(fault);
    const running = piped.run(spec, options);
    // Somewhere in the middle: a virsh that stays takes 2 to 30 ms, virt-clone a second.
    const middle = spec.file === 'virsh' || spec.file === 'qemu-img' ? 2 : 400;
    await Promise.race([running.catch(() => undefined), sleep(middle)]);
    if (fault === 'is cancelled') controller.abort();
    if (fault === 'is killed') kill(lab, spec.file as Program);
    if (fault === 'libvirtd killed') kill(lab, 'libvirtd');
    return running;
  };
  const { uri, local } = host.host;
  const screen = {
    begins: () => undefined,
    printed: (...[spec, , text]: [{ file: string; args: readonly string[] }, string, string]) =>
      void host.transcript.push(`$ ${spec.file} ${spec.args.join(' ')}\n${text}`),
  };
  const means: Means = {
    ...{ uri, local, reserve, run: piped.run, execute: executeBy(faulty, screen) },
    onUndo: (undo, { part }) => journal.begins(undo, part),
    onOver: (undo) => journal.over(undo),
  };
  try {
    await runPlan(plan, means, controller.signal);
    return { failure: undefined, left: [] };
  } catch (failure) {
    assert.ok(failure instanceof PlanFailure, String(failure));
    await mends?.();
    if (!failure.unreached) return { failure, left: failure.left };
    await lab.virsh('uri'); // which starts the daemon
    const run = await readJournal(journal.file);
    const { left } = await undoAll(run?.undos ?? [], means);
    return { failure, left };
  } finally {
    await mends?.();
    await journal.close();
    piped.dispose();
  }
}

async function discard(host: LabHost, name: string): Promise<void> {
  const lineage = await host.lineage();
  const domain = lineage.inventory.domains.find((candidate) => candidate.name === name);
  assert.ok(domain, `${name} was made`);
  await host.run(remove(domain, lineage).plan);
}

/** Kills a lab's processes of this program, also those that Python runs. */
function kill({ dir }: Lab, program: Program | 'libvirtd'): void {
  const daemons = processesOf(dir).filter((one) => one.program === program);
  const scripts = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && runs(pid, dir, program));
  for (const pid of new Set([...daemons.map((one) => one.pid), ...scripts.map(Number)])) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

function runs(pid: string, dir: string, program: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, 3);
    const isIt = words.some((word) => path.basename(word) === program);
    return isIt && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${dir}/`);
  } catch {
    return false;
  }
}
