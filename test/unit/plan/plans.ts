import type { Plan, Step } from '../../../src/plan/plan';
import { Refusal } from '../../../src/plan/plan';
import { thrownBy, uri } from '../builders';

/** A plan of these steps. */
export function plan(steps: readonly Step[]): Plan {
  return { title: 'A plan', uri, notes: [], steps };
}

/** The commands of a plan, each as one list: the program, then its arguments. */
export function argv({ steps }: Plan): string[][] {
  return steps.map(({ spec }) => [spec.file, ...spec.args]);
}

/** Why a plan is refused. */
export function refusalOf(build: () => unknown): string {
  const error = thrownBy(build);
  if (error instanceof Refusal) return error.message;
  throw error;
}
