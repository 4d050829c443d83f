import type { Result } from './row';

const widths = { id: 16, ratio: 9, range: 17, bound: 10, runs: 4 } as const;

export const tableHead = [
  'row'.padEnd(widths.id),
  'median'.padStart(widths.ratio),
  'least … most'.padStart(widths.range),
  'bound'.padStart(widths.bound),
  'runs'.padStart(widths.runs),
  ' what',
].join(' ');

/** One line of the table: what was measured, what was promised, and whether it holds. */
export function tableRow({
  id,
  what,
  ratio,
  least,
  most,
  bound,
  direction,
  holds,
  runs,
  unit,
}: Result): string {
  return [
    id.padEnd(widths.id),
    `${short(ratio)} ${unit}`.padStart(widths.ratio),
    `${short(least)} … ${short(most)}`.padStart(widths.range),
    (bound === undefined ? '' : `${direction === 'at most' ? '≤' : '≥'} ${bound}`).padStart(widths.bound),
    String(runs).padStart(widths.runs),
    holds ? '' : ' MISSED:',
    what,
  ].join(' ');
}

/** Three figures that count, and no more than there are. */
function short(number: number): string {
  return String(Number(number.toPrecision(3)));
}
