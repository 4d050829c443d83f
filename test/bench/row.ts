/** One line of the bench's table, and of `bench.json`. */
export interface Row {
  readonly id: string;
  /** The median of the runs: of our time divided by the other's (or the other way round), or what `unit` says. */
  readonly ratio: number;
  /** What the ratio may at most be, or must at least be; undefined where it is only reported. */
  readonly bound?: number;
  readonly holds: boolean;
  readonly runs: number;
  /** `×` for a ratio, else the unit of the number: `ms`. */
  readonly unit: string;
}

/** A row with what people read besides it. */
export interface Result extends Row {
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly direction: 'at most' | 'at least';
}

/** What a row is called, and what it promises. */
export interface Promised {
  readonly id: string;
  readonly what: string;
  /** None where the number is only reported. */
  readonly bound?: number;
  readonly direction?: 'at most' | 'at least';
  readonly unit?: string;
}

/** A row of what was measured, one number a run. */
export function rowOf(
  { id, what, bound, direction = 'at most', unit = '×' }: Promised,
  numbers: readonly number[],
): Result {
  const ratio = median(numbers);
  return {
    id,
    what,
    ratio,
    ...(bound === undefined ? {} : { bound }),
    holds: bound === undefined || (direction === 'at most' ? ratio <= bound : ratio >= bound),
    runs: numbers.length,
    unit,
    least: Math.min(...numbers),
    most: Math.max(...numbers),
    direction,
  };
}

/** @throws Error where there are no numbers: nothing was measured */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('nothing was measured');
  return (low + high) / 2;
}
