import { drawLike, isDrawn, setChildren } from './lazyChildren';
import type { Node } from './node';

/**
 * Makes a node that is shown look like a newer drawing of it, and all below it that somebody has looked at. Nodes stay
 * the same objects, by which VS Code knows them, so selection, expansion and an open menu stay with them.
 * @returns the nodes that VS Code has to show anew, each for all below it
 */
export function reconcile(shown: Node, drawn: Node): Node[] {
  const looksOther = JSON.stringify(shown.look) !== JSON.stringify(drawn.look);
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(drawn))) {
    if (key !== 'children' && key !== 'parent') Object.assign(shown, { [key]: value as unknown });
  }
  if (!isDrawn(shown)) {
    drawLike(shown, drawn);
    return looksOther ? [shown] : [];
  }
  const before = new Map(shown.children.map((child) => [child.id, child]));
  const changed: Node[] = [];
  const children = drawn.children.map((child) => {
    const known = before.get(child.id);
    if (known?.kind !== child.kind) return Object.assign(child, { parent: shown });
    changed.push(...reconcile(known, child));
    return known;
  });
  const same =
    children.length === shown.children.length &&
    children.every((child, index) => child === shown.children[index]);
  setChildren(shown, children);
  return looksOther || !same ? [shown] : changed;
}
