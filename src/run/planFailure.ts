import * as l10n from '@vscode/l10n';
import type { Explanation } from '../host/explain';
import type { Step } from '../plan/plan';
import { sentence } from './message';
import type { Undone } from './undoAll';

/** A plan that was not carried out. Its message says which step failed, why, and what was taken back. */
export class PlanFailure extends Error {
  override readonly name = 'PlanFailure';
  readonly undone: readonly string[];
  /** What is still there, with the commands that remove it. */
  readonly left: readonly string[];
  /** Whether that is so because the host could not be asked. */
  readonly unreached: boolean;

  constructor(
    readonly step: Step,
    readonly cancelled: boolean,
    taken: Undone,
    /** Why the step failed, for people. */
    readonly reason: string,
    /** What the failed command's words mean, where they are known. */
    readonly explanation?: Explanation,
  ) {
    const { undone, left } = taken;
    super(
      [
        cancelled
          ? l10n.t('Cancelled at the step "{0}".', step.title)
          : l10n.t('The step "{0}" failed: {1}', step.title, sentence(reason)),
        ...(undone.length > 0
          ? [l10n.t('Undone: {0}.', undone.join('; '))]
          : step.atomic === true && step.undo === undefined
            ? []
            : [l10n.t('Nothing had to be undone.')]),
        ...leftOver(taken),
      ].join(' '),
    );
    this.undone = undone;
    this.left = left;
    this.unreached = taken.unreached;
  }
}

/** What is still there, and who takes it away. */
export function leftOver({ left, unreached }: Undone): string[] {
  if (left.length === 0) return [];
  return [
    unreached
      ? l10n.t(
          'Not undone yet: the host is not reached. When it is again, it is asked for {0}',
          left.join('; '),
        )
      : l10n.t('Not undone, to be removed by hand: {0}', left.join('; ')),
  ];
}

/** What became of each part of a plan with several, by its name. */
export class PartsFailure extends Error {
  override readonly name = 'PartsFailure';

  constructor(
    readonly done: readonly string[],
    readonly failed: ReadonlyMap<string, PlanFailure>,
    /** Not begun, because the run was cancelled or stopped. */
    readonly skipped: readonly string[],
    /** What failed for all of them, after they were done. */
    readonly afterwards: PlanFailure | undefined,
  ) {
    super(
      [
        ...(done.length === 0 ? [] : [l10n.t('Done: {0}.', done.join(', '))]),
        ...[...failed].map(([part, failure]) => `${part}: ${failure.message}`),
        ...(skipped.length === 0 ? [] : [l10n.t('Not begun: {0}.', skipped.join(', '))]),
        ...(afterwards === undefined ? [] : [afterwards.message]),
      ].join(' '),
    );
  }

  get cancelled(): boolean {
    return [...this.failed.values()].some(({ cancelled }) => cancelled);
  }

  /** Whether something of it is still there because the host could not be asked. */
  get unreached(): boolean {
    const all = [...this.failed.values(), ...(this.afterwards === undefined ? [] : [this.afterwards])];
    return all.some(({ unreached }) => unreached);
  }
}
