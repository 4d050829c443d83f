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

  it('makes no look again of what is as it was', () => {
    const root = draw(before);
    const looks = new Map(everyNode(root).map((node) => [node, node.look]));
    reconcile(root, draw(inventory(pools, [web, { ...one, state: 'running' }])));
    const other = everyNode(root).filter((node) => node.look !== looks.get(node));
    assert.deepEqual(other.filter(({ kind }) => kind === 'domain' || kind === 'volume').map(shortId), [
      `/templates/domain/${uuid(1)}/domain/${uuid(2)}`,
      `/machines/domain/${uuid(2)}`,
    ]);
  });

  it('shows after any change what would be drawn if nothing had been shown before', () => {
    const two = domain(3, 'two', [disk(undefined, { volume: { pool: 'default', name: 'clone.qcow2' } })]);
    const small = { ...clone, capacity: 1 };
    const orphan = overlay('/p/clone.qcow2', '/gone', {
      backing: { path: '/gone', format: 'qcow2', found: false },
    });
    const stages = [
      before,
      inventory(pools, [{ ...web, state: 'running' }, one]),
      inventory(pools, [{ ...web, name: 'renamed', title: 'other' }, one, two]),
      inventory([pool('default', '/p', [base, { ...clone, allocation: 5 }])], [web, two]),
      inventory([pool('default', '/p', [base, small])], [web, one]),
      inventory([pool('default', '/p', [{ ...base, mode: 0o644 }, clone])], [web, { ...one, name: 'other' }]),
      inventory([pool('default', '/p', [orphan])], [web, one]),
      inventory([pool('default', '/p', [base])], [one]),
      inventory([pool('elsewhere', '/p', [base, clone])], [web, one, two]),
      inventory(pools, [{ ...web, mark: { kind: 'template' } }, one]),
      inventory(pools, [web, { ...one, disks: [disk(base.path)] }]),
    ];
    for (const first of stages)
      for (const second of stages) {
        const root = draw(first);
        everyNode(root).forEach(({ look }) => look);
        reconcile(root, draw(second));
        const shown = everyNode(root).map((node) => [shortId(node), node.look]);
        assert.deepEqual(
          shown,
          everyNode(draw(second)).map((node) => [shortId(node), node.look]),
        );
      }
  });
});
