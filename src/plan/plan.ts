import type { CommandSpec } from '../host/commandLine';
import { taskVariableProblem } from './names';

/** What must be true of the host after a step, asked from libvirt and from the image itself. Sizes in bytes. */
export type Expectation =
  | {
      readonly kind: 'overlay';
      readonly path: string;
      readonly backing: string;
      readonly backingFormat: string;
      readonly capacity: number;
    }
  | {
      readonly kind: 'machine';
      readonly name: string;
      readonly images: readonly { readonly path: string; readonly format: string }[];
    }
  | { readonly kind: 'state'; readonly domain: string; readonly active: boolean }
  | { readonly kind: 'noDomain'; readonly uuid: string }
  | { readonly kind: 'noVolume'; readonly path: string };

/** How a step is taken back, and how this run's work is told from everybody else's. */
export type Undo =
  /** Deletes the volume at this path, if it stands on this backing store. */
  | { readonly kind: 'deleteVolume'; readonly pool: string; readonly path: string; readonly backing: string }
  /** Undefines the domain of this name, if it uses this image, which an earlier step of the same run has made. */
  | { readonly kind: 'undefineDomain'; readonly name: string; readonly image: string };

/** One command of a plan. */
export interface Step {
  /** What the step does, for people. */
  readonly title: string;
  readonly spec: CommandSpec;
  readonly undo?: Undo;
  readonly verify?: Expectation;
  /** A path at which nothing may be when the step starts: `qemu-img create` would truncate it without a word. */
  readonly fresh?: string;
  /** Whether the command leaves nothing behind when it fails by itself, so that there is nothing to take back. */
  readonly atomic?: boolean;
}

/** Changes to a host as data: built by pure functions, shown, copied, run, verified and undone. */
export interface Plan {
  readonly title: string;
  readonly uri: string;
  /** What a person should know before, one sentence each. */
  readonly notes: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * The plan, if it can run as it is.
 * @throws Refusal if an argument would be changed on its way to the command
 */
export function runnable(plan: Plan): Plan {
  for (const argument of plan.steps.flatMap((step) => step.spec.args)) {
    const problem = taskVariableProblem(argument);
    if (problem !== undefined) throw new Refusal(problem);
  }
  return plan;
}

/** Why something is not done, told before anything runs; its message says what to do instead. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
