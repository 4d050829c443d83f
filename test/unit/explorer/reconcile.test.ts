import assert from 'node:assert/strict';
import type { Host } from '../../../src/host/host';
import type { Inventory } from '../../../src/host/inventory';
import { buildTree } from '../../../src/explorer/buildTree';
import { isDrawn } from '../../../src/explorer/lazyChildren';
import type { Node } from '../../../src/explorer/node';
import { reconcile } from '../../../src/explorer/reconcile';
import { disk, domain, hostWith, inventory, overlay, pool, uuid, volume } from '../builders';

const base = volume('/p/base.qcow2', { mode: 0o444 });
const clone = overlay('/p/clone.qcow2', base.path);
const web = domain(1, 'web', [disk(base.path)]);
const one = domain(2, 'one', [disk(clone.path)]);
const pools = [pool('default', '/p', [base, clone])];
const before = inventory(pools, [web, one]);

/** The tree before, with everything looked at, as it is shown after another reading, and what is to be shown anew. */
function after(found: Inventory | undefined, error?: Error): { root: Node; changed: string[] } {
  const root = draw(before);
  everyNode(root);
  return { root, changed: reconcile(root, draw(found, error)).map(shortId) };
}

function draw(found: Inventory | undefined, error?: Error): Node {
  const host: Host = hostWith(found, error);
  return buildTree(host, { namePattern: undefined, locale: 'en' });
}

function everyNode(node: Node): Node[] {
  return [node, ...node.children.flatMap(everyNode)];
}

function shortId({ id }: Node): string {
  return id.replace(/^host\/[^/]+\/\/\/[^/]+/, '');
}

describe('explorer/reconcile', () => {
  it('shows nothing anew where nothing looks different', () => {
    assert.deepEqual(after(inventory(pools, [web, one])).changed, []);
  });

  it('shows a machine anew in each of its places, and nothing else', () => {
    const { root, changed } = after(inventory(pools, [web, { ...one, state: 'running' }]));
    assert.deepEqual(changed, [
      `/templates/domain/${uuid(1)}/domain/${uuid(2)}`,
      `/machines/domain/${uuid(2)}`,
    ]);
    const shown = everyNode(root).filter((node) => node.kind === 'domain' && node.domain.name === 'one');
    assert.deepEqual(
      shown.map((node) => node.kind === 'domain' && [node.domain.state, node.look.context]),
      Array(2).fill(['running', 'domain running persistent clone']),
    );
  });

  it('shows a group anew that has another machine, and keeps the nodes of those that stay', () => {
    const root = draw(before);
    const old = everyNode(root);
    const changed = reconcile(root, draw(inventory(pools, [web, one, domain(3, 'new', [])])));
    assert.deepEqual(changed.map(shortId), ['/machines']);
    const now = everyNode(root);
    assert.ok(old.every((node) => now.includes(node)));
    assert.equal(now.length, old.length + 1);
  });

  it('leads from each node to the one above it, also where it is new', () => {
    const other = volume('/p/other.qcow2');
    const { root } = after(
      inventory([pool('default', '/p', [base, clone, other]), pool('b', '/b', [])], [one]),
    );
    for (const node of everyNode(root)) for (const child of node.children) assert.equal(child.parent, node);
  });

  it('puts what is wrong above what is known, and takes it away again', () => {
    const { root, changed } = after(before, new Error('gone'));
    assert.deepEqual([changed, root.children[0]?.kind], [[''], 'message']);
    assert.deepEqual(reconcile(root, draw(before)).map(shortId), ['']);
    assert.equal(root.children[0]?.kind, 'group');
  });

  it('draws nothing that nobody has looked at, and draws it newly when somebody does', () => {
    const root = draw(before);
    const group = root.children.find(({ id }) => id.endsWith('/pools'));
    assert.ok(group);
    const later = inventory([pool('default', '/p', [base, clone]), pool('second', '/s', [])], [web, one]);
    assert.deepEqual(reconcile(root, draw(later)).map(shortId), ['/pools']);
    assert.equal(isDrawn(group), false);
    assert.deepEqual(
      group.children.map(({ look, parent }) => [look.label, parent === group]),
      [
        ['default', true],
        ['second', true],
      ],
    );
  });
});
