/**
 * The line of an edited text that a complaint is most likely about: of what was changed, the first that has a word of the
 * complaint, else the first; where nothing was changed, the first element that it names. libvirt names elements and
 * values, and no lines.
 * @param before the text as it was when nobody complained
 * @returns counted from 0
 */
export function faultLine(complaint: string, before: string, after: string): number {
  const lines = after.split('\n');
  const old = new Set(before.split('\n').map((line) => line.trim()));
  const changed = [...lines.keys()].filter((index) => !old.has(lines[index]?.trim() ?? ''));
  const words = (complaint.match(/[\p{L}\p{N}_./:-]{2,}/gu) ?? []).map((word) => word.replace(/[.:]+$/, ''));
  const names = (index: number) =>
    words.some((word) => new RegExp(`<${escape(word)}\\b`).test(lines[index] ?? ''));
  const says = (index: number) => words.some((word) => /\d|[/.-]/.test(word) && lines[index]?.includes(word));
  return (
    changed.find((index) => names(index) || says(index)) ??
    changed[0] ??
    [...lines.keys()].find((index) => names(index) && index > 0) ??
    0
  );
}

function escape(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
