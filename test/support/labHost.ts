import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import { cause } from '../../src/host/errors';
import { reserve } from '../../src/host/files';
import { withInputFile } from '../../src/host/inputFile';
import { Host } from '../../src/host/host';
import { findIsoMaker } from '../../src/host/isoMaker';
import { makeRun, type ProgramPaths } from '../../src/host/process';
import { lostConnection } from '../../src/host/stderr';
import { VirshConnection } from '../../src/host/virshConnection';
import { programs, tools } from '../../src/host/commandLine';
import { readTemplateFacts } from '../../src/host/templateFacts';
import { Lineage } from '../../src/lineage/lineage';
import type { LinkedCloneAnswers } from '../../src/plan/linkedClone';
import type { Plan } from '../../src/plan/plan';
import { commandLine } from '../../src/plan/script';
import { executeBy } from '../../src/run/executeBy';
import { runPlan, type Execute, type Means } from '../../src/run/runPlan';
import type { Lab } from './lab';

/** A lab as the extension's own rooms see it, with commands run as a terminal would run them, but unseen. */
export class LabHost {
  readonly host: Host;
  /** What the commands of plans printed, for the message of a test that fails. */
  readonly transcript: string[] = [];
  private readonly env: NodeJS.ProcessEnv;

  constructor(lab: Lab, env: NodeJS.ProcessEnv = {}) {
    this.env = { ...lab.env, ...env };
    const run = makeRun(
      () => paths,
      this.env,
      () => undefined,
    );
    this.host = new Host(
      lab.uri,
      run,
      new VirshConnection(() => ({ file: 'virsh', uri: lab.uri, env: this.env })),
    );
  }

  /** The host as it is now. */
  async lineage(): Promise<Lineage> {
    return new Lineage(await this.host.inventory());
  }

  /** The answers for a clone of a domain as the extension would give them, but for what is wished for. */
  async answers(
    template: string,
    lineage: Lineage,
    wish: Partial<LinkedCloneAnswers>,
  ): Promise<LinkedCloneAnswers> {
    const original = lineage.inventory.domains.find(({ name }) => name === template);
    if (original === undefined) throw new Error(`The lab has no domain ${template}.`);
    const { uri, run, local } = this.host;
    return {
      template: original,
      facts: await readTemplateFacts(uri, original.uuid, run, local),
      name: '',
      method: 'virt-clone',
      volumeTool: 'vol-create',
      pool: undefined,
      capacity: undefined,
      memory: undefined,
      vcpus: undefined,
      osinfo: undefined,
      networks: undefined,
      mac: undefined,
      drives: 'empty',
      start: false,
      seed: randomUUID(),
      isoMaker: findIsoMaker(process.env.PATH ?? ''),
      ...wish,
    };
  }

  /** Carries a plan out as the extension does in its own terminal. */
  async runPiped(plan: Plan, rest: Partial<Means> = {}, signal?: AbortSignal): Promise<void> {
    const piped = this.host.pipedRun();
    const { uri, local } = this.host;
    const execute = executeBy(piped.run, {
      begins: (spec) => this.transcript.push(`$ ${commandLine(spec)}`),
      printed: (_spec, _title, text) => this.transcript.push(text),
    });
    try {
      await runPlan(plan, { uri, local, run: piped.run, reserve, execute, ...rest }, signal);
    } finally {
      piped.dispose();
    }
  }

  /** Carries a plan out with a process for each command, as the extension does where a task shows each. */
  async run(plan: Plan, signal?: AbortSignal, beforeStep?: (title: string) => Promise<void>): Promise<void> {
    const execute: Execute = async (spec, title, stop) => {
      await beforeStep?.(title);
      const result = await withInputFile(spec, ({ file, args }) =>
        execa(file, args, {
          env: this.env,
          extendEnv: false,
          all: true,
          reject: false,
          stdin: 'ignore',
          ...(stop === undefined ? {} : { cancelSignal: stop }),
        }),
      );
      this.transcript.push(`$ ${result.escapedCommand}\n${result.all}`);
      const known = result.isCanceled || lostConnection(result.stderr) ? undefined : result.exitCode;
      return { exitCode: known, cause: cause(result.stderr) };
    };
    const { uri, run, local } = this.host;
    const means: Means = { uri, run, local, reserve, execute };
    await runPlan(plan, means, signal);
  }
}

/** Every program by its name. */
export const paths = Object.fromEntries(
  [...programs, ...tools].map((program) => [program, program]),
) as ProgramPaths;
