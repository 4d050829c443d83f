import { execa } from 'execa';
import { batchConnection } from '../../src/host/connection';
import { exists } from '../../src/host/files';
import { Host } from '../../src/host/host';
import { makeRun, type ProgramPaths } from '../../src/host/process';
import { programs } from '../../src/host/commandLine';
import { Lineage } from '../../src/lineage/lineage';
import type { Plan } from '../../src/plan/plan';
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
    this.host = new Host(lab.uri, run, batchConnection(run, lab.uri));
  }

  /** The host as it is now. */
  async lineage(): Promise<Lineage> {
    return new Lineage(await this.host.inventory());
  }

  /** Carries a plan out as the extension does. */
  async run(plan: Plan, signal?: AbortSignal, beforeStep?: (title: string) => Promise<void>): Promise<void> {
    const execute: Execute = async (spec, title, stop) => {
      await beforeStep?.(title);
      const result = await execa(spec.file, spec.args, {
        env: this.env,
        extendEnv: false,
        all: true,
        reject: false,
        stdin: 'ignore',
        ...(stop === undefined ? {} : { cancelSignal: stop }),
      });
      this.transcript.push(`$ ${result.escapedCommand}\n${result.all}`);
      return result.exitCode;
    };
    const { uri, run, local } = this.host;
    const means: Means = { uri, run, local, exists, execute };
    await runPlan(plan, means, signal);
  }
}

/** Every program by its name. */
export const paths = Object.fromEntries(programs.map((program) => [program, program])) as ProgramPaths;
