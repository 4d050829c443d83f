import { isActive, type DomainState } from '../host/domain';
import type { Node } from './node';

/** What of the tree is shown, and in which order. */
export interface Sieve {
  /** Only what has this in its name, with what lies above and below it; empty: everything. */
  readonly text: string;
  /** Whether machines that are switched off are left out; templates always are, and stay. */
  readonly hideOff: boolean;
  readonly order: 'name' | 'state';
}

/** Leaves the tree as it is. */
export const everything: Sieve = { text: '', hideOff: false, order: 'name' };

/** Whether a sieve leaves the tree as it is. */
export function isEverything({ text, hideOff, order }: Sieve): boolean {
  return text === '' && !hideOff && order === 'name';
}

/** The children of a node that pass the sieve, in its order. */
export function shownChildren(node: Node, sieve: Sieve): readonly Node[] {
  if (isEverything(sieve)) return node.children;
  const isWhole = sieve.text === '' || withAncestors(node).some((one) => isNamed(one, sieve));
  const shown = node.children.filter(
    (child) => !isHidden(child, sieve) && (isWhole || leadsToNamed(child, sieve)),
  );
  return sieve.order === 'name' ? shown : shown.sort((one, other) => rank(one) - rank(other));
}

/** Whether the sieve lets a node be seen. */
export function isShown(node: Node, sieve: Sieve): boolean {
  const { parent } = node;
  return parent === undefined || (isShown(parent, sieve) && shownChildren(parent, sieve).includes(node));
}

function withAncestors(node: Node): Node[] {
  return node.parent === undefined ? [node] : [node, ...withAncestors(node.parent)];
}

/** Hosts and groups only hold others: who types "virtual" does not mean the group of all virtual machines. */
function isNamed({ kind, look }: Node, { text }: Sieve): boolean {
  if (kind === 'host' || kind === 'group') return false;
  return kind === 'message' || look.label.toLowerCase().includes(text.toLowerCase());
}

function leadsToNamed(node: Node, sieve: Sieve): boolean {
  return (
    isNamed(node, sieve) ||
    node.children.some((child) => !isHidden(child, sieve) && leadsToNamed(child, sieve))
  );
}

function isHidden(node: Node, { hideOff }: Sieve): boolean {
  return (
    hideOff && node.kind === 'domain' && !isActive(node.domain) && !/\btemplate\b/.test(node.look.context)
  );
}

const ranks: Readonly<Partial<Record<DomainState, number>>> = {
  running: 0,
  blocked: 0,
  shutdown: 1,
  paused: 1,
  pmsuspended: 1,
  crashed: 2,
};

function rank(node: Node): number {
  return node.kind === 'domain' ? (ranks[node.domain.state] ?? 3) : 4;
}
