import * as l10n from '@vscode/l10n';

/** Nobody makes more machines at once; a slip of the finger does. */
export const mostClones = 500;

/** The names that are wished for, and those of them that are left out because somebody has them. */
export interface Names {
  readonly names: readonly string[];
  readonly skipped: readonly string[];
}

const range = /\{(\d+)\.\.(\d+)\}/;

/** Whether a name stands for several: `web-{01..12}`. */
export function isPattern(name: string): boolean {
  return range.test(name);
}

/** How many clones are meant when the name becomes this one: a pattern says so itself. */
export function countWith(name: string, count: number | undefined): number | undefined {
  return isPattern(name) ? undefined : count;
}

/**
 * The names that a pattern stands for, as bash would read it: `web-{01..12}` is `web-01` to `web-12`. A name without a
 * range is itself.
 * @returns the names, or why they cannot be made out
 */
export function expand(pattern: string): readonly string[] | string {
  const match = range.exec(pattern);
  if (match === null) return [pattern];
  const [whole, first = '', last = ''] = match;
  const [from, to] = [Number(first), Number(last)];
  if (to < from) return l10n.t('The range {0} ends before it begins.', whole);
  if (to - from >= mostClones)
    return l10n.t('The range {0} is too long: at most {1} at a time.', whole, mostClones);
  const rest = pattern.slice(match.index + whole.length);
  if (range.test(rest)) return l10n.t('A name can have one range only.');
  const width = /^0\d/.test(first) || /^0\d/.test(last) ? Math.max(first.length, last.length) : 0;
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const number = String(from + index).padStart(width, '0');
    return `${pattern.slice(0, match.index)}${number}${rest}`;
  });
}

/**
 * The names of several clones: those of a pattern that nobody has, or as many as are wished for after a single name:
 * the name itself for one, `web-1`, `web-2`… for more.
 * @param count undefined: as many as the pattern has; one where there is none
 */
export function cloneNames(
  wish: string,
  count: number | undefined,
  isFree: (name: string) => boolean,
): Names | string {
  if (isPattern(wish)) {
    const expanded = expand(wish);
    if (typeof expanded === 'string') return expanded;
    const names = expanded.filter(isFree);
    const skipped = expanded.filter((name) => !isFree(name));
    if (names.length === 0) return l10n.t('All the names of {0} are taken.', wish);
    if (count !== undefined && count !== expanded.length)
      return l10n.t('The pattern {0} has {1} names, not {2}.', wish, expanded.length, count);
    return { names, skipped };
  }
  if (count === undefined || count === 1) return { names: [wish], skipped: [] };
  if (!Number.isSafeInteger(count) || count < 1 || count > mostClones)
    return l10n.t('At least 1 and at most {0} clones can be made at a time.', mostClones);
  const width = String(count).length;
  const names: string[] = [];
  const skipped: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = `${wish}-${String(number).padStart(width, '0')}`;
    if (isFree(name)) names.push(name);
    else skipped.push(name);
    if (skipped.length > 10 * mostClones) return l10n.t('All the names of {0} are taken.', wish);
  }
  return { names, skipped };
}
