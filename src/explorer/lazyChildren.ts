import type { Node } from './node';

type Draw = (node: Node) => readonly Node[];

const undrawn = new WeakMap<Node, Draw>();

/** Gives a node children that are only drawn when somebody looks at them: most pools are never opened. */
export function lazily<T extends Node>(node: T, draw: (node: T) => readonly Node[]): T {
  undrawn.set(node, draw as Draw);
  Object.defineProperty(node, 'children', {
    configurable: true,
    enumerable: true,
    get: () => {
      const children = draw(node);
      setChildren(node, children);
      return children;
    },
  });
  return node;
}

/** Whether somebody has looked at a node's children. */
export function isDrawn(node: Node): boolean {
  return !undrawn.has(node);
}

export function setChildren(node: Node, children: readonly Node[]): void {
  undrawn.delete(node);
  Object.defineProperty(node, 'children', {
    configurable: true,
    enumerable: true,
    writable: true,
    value: children,
  });
}

/** Lets a node draw its children, when somebody looks at them, as another one would. */
export function drawLike(node: Node, other: Node): void {
  lazily(
    node,
    undrawn.get(other) ?? (() => other.children.map((child) => Object.assign(child, { parent: node }))),
  );
}
