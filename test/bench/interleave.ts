/** Something to be timed; a number that it returns is its time in milliseconds instead of the clock's. */
export type Timed = () => Promise<unknown>;

/**
 * Times each of these once a round, one after the other: what slows the machine down for a while then slows all of
 * them, and the ratios of one round stay right. A first round is not counted.
 * @returns for each its times in milliseconds, round by round
 */
export async function interleave<K extends string>(
  rounds: number,
  timed: Readonly<Record<K, Timed>>,
): Promise<Readonly<Record<K, readonly number[]>>> {
  const names = Object.keys(timed) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const ms = await time(timed[name]);
      if (round > 0) times[name].push(ms);
    }
  }
  return times;
}

async function time(job: Timed): Promise<number> {
  const started = performance.now();
  const told = await job();
  return typeof told === 'number' ? told : performance.now() - started;
}

/** Each number of a round divided by the other's of the same round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((ms, round) => ms / (theirs[round] ?? NaN));
}
