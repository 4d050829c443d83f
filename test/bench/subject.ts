import type { Result } from './row';

/** What is measured together, because it needs the same labs. Each subject has a file of its own. */
export interface Subject {
  /** The first part of the ids of its rows. */
  readonly name: string;
  /**
   * Measures in labs of its own, and ends them; yields each row as soon as it is known.
   * @param wants whether somebody asked for this row: what takes long may be left out
   */
  measure(wants: (id: string) => boolean): AsyncIterable<Result>;
}
