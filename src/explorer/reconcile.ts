import { drawLike, isDrawn, setChildren } from './lazyChildren';
import type { Node } from './node';

/**
 * Makes a node that is shown look like a newer drawing of it, and all below it that somebody has looked at. Nodes stay
 * the same objects, by which VS Code knows them, so selection, expansion and an open menu stay with them.
 * @returns the nodes that VS Code has to show anew, each for all below it
 */
export function reconcile(shown: Node, drawn: Node): Node[] {
  const stale: Node[] = [];
  update(shown, drawn, stale);
  return stale;
}

function update(shown: Node, drawn: Node, stale: Node[]): void {
  const before = stale.length;
  let other = !looksSame(shown, drawn);
  takeOver(shown, drawn);
  if (!isDrawn(shown)) drawLike(shown, drawn);
  else if (!updateChildren(shown, drawn, stale)) other = true;
  if (!other) return;
  // It is shown anew with all below it.
  stale.length = before;
  stale.push(shown);
}

/** Whether the children are the same ones, in the same order. */
function updateChildren(shown: Node, drawn: Node, stale: Node[]): boolean {
  const [old, fresh] = [shown.children, drawn.children];
  const same =
    old.length === fresh.length &&
    fresh.every(({ id, kind }, index) => old[index]?.id === id && old[index].kind === kind);
  const known = same ? undefined : new Map(old.map((child) => [child.id, child]));
  const children = fresh.map((child, index) => {
    const before = known === undefined ? old[index] : known.get(child.id);
    if (before?.kind !== child.kind) return Object.assign(child, { parent: shown });
    update(before, child, stale);
    return before;
  });
  if (!same) setChildren(shown, children);
  return same;
}

// Where `look` is made by `lazy`, it comes with it.
const kept: ReadonlySet<string> = new Set(['children', 'parent', 'look']);

/** What a node shows and is about; not where it stands, nor what is below it, which may not even be drawn. */
function takeOver(shown: Node, drawn: Node): void {
  const [to, from] = [shown, drawn] as unknown as [Record<string, unknown>, Record<string, unknown>];
  for (const key in from) if (!kept.has(key)) to[key] = from[key];
  if (drawn.lazy === undefined) to.look = drawn.look;
}

function looksSame(shown: Node, drawn: Node): boolean {
  if (drawn.lazy !== undefined && shown.lazy !== undefined && drawn.lazy.isLike(shown.lazy)) return true;
  const [one, other] = [shown.look, drawn.look];
  return (
    one.label === other.label &&
    one.description === other.description &&
    one.icon === other.icon &&
    one.color === other.color &&
    one.spoken === other.spoken &&
    one.context === other.context &&
    one.open === other.open &&
    one.tooltip.length === other.tooltip.length &&
    one.tooltip.every((line, index) => line === other.tooltip[index])
  );
}
