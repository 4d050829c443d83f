import assert from 'node:assert/strict';
import { buildTree } from '../../../src/explorer/buildTree';
import type { Node } from '../../../src/explorer/node';
import { everything, isShown, shownChildren, type Sieve } from '../../../src/explorer/sieve';
import { disk, domain, hostWith, inventory, overlay, pool, volume } from '../builders';

const machines = [
  domain(1, 'plantilla-web', [disk('/p/base')]),
  domain(2, 'web-1', [disk('/p/web-1')]),
  domain(3, 'web-2', [disk('/p/web-2')], { state: 'running' }),
  domain(4, 'mail', [disk('/p/mail')], { state: 'paused' }),
  domain(5, 'apart', [disk('/p/apart')]),
];
const images = [
  volume('/p/base', { mode: 0o444 }),
  overlay('/p/web-1', '/p/base'),
  overlay('/p/web-2', '/p/base'),
  volume('/p/mail'),
  volume('/p/apart'),
];
const networks = [{ name: 'lan', active: false }];
const tree = () =>
  buildTree(hostWith({ ...inventory([pool('default', '/p', images)], machines), networks }), {
    namePattern: undefined,
    locale: 'en',
  });

/** What is seen through a sieve, as indented labels. */
function seen(sieve: Partial<Sieve>, node: Node = tree(), depth = 0): string[] {
  return shownChildren(node, { ...everything, ...sieve }).flatMap((child) => [
    `${'  '.repeat(depth)}${child.look.label}`,
    ...seen(sieve, child, depth + 1),
  ]);
}

function all(node: Node): Node[] {
  return [node, ...node.children.flatMap(all)];
}

describe('a sieve over the tree', () => {
  it('lets everything through unless told otherwise', () => {
    const root = tree();
    assert.equal(shownChildren(root, everything), root.children);
    assert.ok(seen({}).includes('Networks'));
  });

  it('finds names in all groups, opened or not, with what lies above and below them', () => {
    assert.deepEqual(seen({ text: 'WEB-1' }), [
      'Templates',
      '  plantilla-web',
      '    web-1',
      'Virtual Machines',
      '  web-1',
      'Storage Pools',
      '  default',
      '    base',
      '      web-1',
    ]);
    assert.deepEqual(seen({ text: 'plantilla' }), ['Templates', '  plantilla-web', '    web-1', '    web-2']);
    assert.deepEqual(seen({ text: 'lan' }).slice(-2), ['Networks', '  lan']);
    assert.deepEqual(seen({ text: 'virtual machines' }), [], 'a group only holds what is looked for');
  });

  it('leaves out machines that are switched off, but no template', () => {
    assert.deepEqual(seen({ hideOff: true }).slice(0, 5), [
      'Templates',
      '  plantilla-web',
      '    web-2',
      'Virtual Machines',
      '  mail',
    ]);
    assert.deepEqual(seen({ hideOff: true, text: 'apart' }), ['Storage Pools', '  default', '    apart']);
  });

  it('puts what runs first', () => {
    const group = seen({ order: 'state' });
    const start = group.indexOf('Virtual Machines');
    assert.deepEqual(group.slice(start + 1, start + 5), ['  web-2', '  mail', '  apart', '  web-1']);
  });

  it('tells whether a node is seen', () => {
    const shown = (label: string, sieve: Partial<Sieve>) =>
      all(tree()).some((node) => node.look.label === label && isShown(node, { ...everything, ...sieve }));
    assert.ok(shown('web-1', { text: 'web' }));
    assert.ok(!shown('apart', { text: 'web' }));
    assert.ok(!shown('web-1', { hideOff: true, text: 'plantilla' }));
  });
});
