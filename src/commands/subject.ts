import type { Node } from '../explorer/node';
import type { Domain } from '../host/domain';
import type { Volume } from '../host/volume';

/** The virtual machine a node is about: its own, or the one a problem's remedy is for. */
export function domainOf(node: Node): Domain | undefined {
  if (node.kind === 'domain') return node.domain;
  return node.kind === 'problem' ? node.finding.domain : undefined;
}

/** The image a node is about: its own, or the one with the problem. */
export function volumeOf(node: Node): Volume | undefined {
  if (node.kind === 'volume') return node.volume;
  return node.kind === 'problem' ? node.finding.image : undefined;
}
