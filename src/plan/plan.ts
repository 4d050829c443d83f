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
      /** The version of qcow2, as its header names it: `1.1`. Undefined: any. */
      readonly compat?: string;
    }
  | {
      readonly kind: 'machine';
      readonly name: string;
      /** Undefined: any. */
      readonly uuid?: string;
      /** Its images; where the targets are known, each in its place. */
      readonly images: readonly {
        readonly path: string;
        readonly format: string;
        readonly target?: string;
      }[];
      /** What else it has to be like; undefined: any. */
      readonly likeness?: Likeness;
    }
  | {
      readonly kind: 'state';
      readonly domain: string;
      readonly active: boolean;
      /** Where it matters: whether its processors stand still. */
      readonly paused?: boolean;
    }
  | { readonly kind: 'named'; readonly uuid: string; readonly name: string }
  | { readonly kind: 'marked'; readonly uuid: string; readonly template: boolean }
  /** A domain, by name or UUID, with no mark of ours. */
  | { readonly kind: 'unmarked'; readonly domain: string }
  | { readonly kind: 'writable'; readonly path: string; readonly writable: boolean }
  | { readonly kind: 'volume'; readonly path: string }
  | { readonly kind: 'size'; readonly path: string; readonly capacity: number }
  | { readonly kind: 'standsOn'; readonly path: string; readonly backing: string | undefined }
  /** Whether a machine keeps something beside its definition. */
  | {
      readonly kind: 'kept';
      readonly uuid: string;
      readonly what: 'autostart' | 'managedSave';
      readonly kept: boolean;
    }
  /** Whether a machine has a snapshot, and whether it is the one that it is at. */
  | {
      readonly kind: 'snapshot';
      readonly domain: string;
      readonly name: string;
      readonly is: 'current' | 'gone';
    }
  | { readonly kind: 'active'; readonly what: 'network' | 'pool'; readonly name: string }
  | { readonly kind: 'noDomain'; readonly uuid: string }
  | { readonly kind: 'noVolume'; readonly path: string }
  | { readonly kind: 'noPool'; readonly uuid: string };

/** What a machine is like besides its images. Memory in bytes. */
export interface Likeness {
  /** At least that much: libvirt rounds up. */
  readonly memory?: number;
  readonly vcpus?: number;
  /** Of the first interface. */
  readonly mac?: string | undefined;
  /** Addresses that belong to another machine. */
  readonly notMacs?: readonly string[];
  /** The file of its UEFI variables. */
  readonly nvram?: string | undefined;
  /** What is to be left of removable drives. */
  readonly drives?: 'none' | 'empty';
  /** The template that its mark as a clone names; it may name none. */
  readonly cloneOf?: { readonly template: string | undefined };
}

/** How a step is taken back, and how this run's work is told from everybody else's. */
export type Undo =
  /** Deletes the volume at this path, if it stands on this backing store; undefined means on none. */
  | {
      readonly kind: 'deleteVolume';
      readonly pool: string;
      readonly path: string;
      readonly backing: string | undefined;
      /** Whether the run has made an empty file there first (`Step.fresh`), which is its own as well. */
      readonly fresh?: boolean;
    }
  /** Ends the pool with this UUID, which the run has started and nothing is kept of. */
  | { readonly kind: 'endPool'; readonly uuid: string; readonly name: string }
  /**
   * Undefines the domain of this name, if it uses this image, which an earlier step of the same run has made, and has
   * this UUID, where the run has chosen it.
   */
  | {
      readonly kind: 'undefineDomain';
      readonly name: string;
      readonly image: string;
      readonly uuid?: string;
    }
  /** Undefines the domain of this name, if it uses one of these images, and deletes those that are there. */
  | { readonly kind: 'discardCopy'; readonly name: string; readonly paths: readonly string[] }
  /** Ends the job on this disk of a running domain, if there is one. */
  | { readonly kind: 'abortBlockJob'; readonly domain: string; readonly target: string }
  /** Ends the job of a running domain as a whole, such as the saving of its memory, if there is one. */
  | { readonly kind: 'abortJob'; readonly domain: string }
  /** Deletes the snapshot of this name, which was not there before. */
  | { readonly kind: 'deleteSnapshot'; readonly domain: string; readonly name: string }
  /** Sets back what a step changed, by the values that were there before. */
  | {
      readonly kind: 'restore';
      readonly title: string;
      /** What it means once it is done, as part of a sentence. */
      readonly done: string;
      readonly specs: readonly CommandSpec[];
    };

/** One command of a plan. */
export interface Step {
  /** What the step does, for people. */
  readonly title: string;
  readonly spec: CommandSpec;
  readonly undo?: Undo;
  readonly verify?: Expectation;
  /**
   * A path at which nothing may be when the step starts: `qemu-img create` would truncate it without a word. An empty
   * file is made there first, which fails where there is one, so that of two runs just one gets on.
   */
  readonly fresh?: string;
  /** Whether the command leaves nothing behind when it fails by itself, so that there is nothing to take back. */
  readonly atomic?: boolean;
  /** Which of several machines the step is for: when it fails, the others go on. Undefined: for all of them. */
  readonly part?: string;
}

/** Changes to a host as data: built by pure functions, shown, copied, run, verified and undone. */
export interface Plan {
  readonly title: string;
  readonly uri: string;
  /** What a person should know before, one sentence each. */
  readonly notes: readonly string[];
  readonly steps: readonly Step[];
  /** Of a plan with parts: whether the first that fails keeps those from beginning that have not. */
  readonly stopAtFirst?: boolean;
  /** Whether its commands take milliseconds each and ask nothing: as a task each they would only flicker. */
  readonly quick?: boolean;
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

/** The steps of each part of a plan with several, by the part's name; none where the plan is one. */
export function partsOf(steps: readonly Step[]): Map<string, Step[]> {
  const parts = new Map<string, Step[]>();
  for (const step of steps) {
    if (step.part === undefined) continue;
    const part = parts.get(step.part);
    if (part === undefined) parts.set(step.part, [step]);
    else part.push(step);
  }
  return parts;
}

/** Why something is not done, told before anything runs; its message says what to do instead. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
