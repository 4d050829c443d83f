import assert from 'node:assert/strict';
import { XMLParser } from 'fast-xml-parser';
import { flat, pictureOf, type PictureNode } from '../../src/lineage/picture';
import { drawPicture, fileStyle } from '../../src/picture/svg';
import { parseXml } from '../../src/host/xml';
import { leastCpuTime } from '../support/cpuTime';
import { backing, disk, domain, lineage, overlay, pool, volume } from './builders';

const mib = 2 ** 20;
const volumes = [
  volume('/p/base', { allocation: 100 * mib, mode: 0o444 }),
  overlay('/p/a', '/p/base', { allocation: 10 * mib, mode: 0o444 }),
  overlay('/p/b', '/p/base', { allocation: mib }),
  overlay('/p/a1', '/p/a', { allocation: mib }),
  volume('/p/cloud.img', { allocation: 50 * mib, mode: 0o444 }),
  overlay('/p/on-cloud', '/p/cloud.img', { allocation: mib }),
  overlay('/p/broken', '/p/gone', { backing: backing('/p/gone', { found: false }) }),
  volume('/p/alone'),
];
const hostile = `it's <b> & "q"`;
const domains = [
  domain(1, 'template', [disk('/p/base')], { mark: { kind: 'template' } }),
  domain(2, 'a', [disk('/p/a')], { mark: { kind: 'template' } }),
  domain(3, hostile, [disk('/p/b')], { state: 'running' }),
  domain(4, 'a1', [disk('/p/a1')]),
  domain(5, 'alone', [disk('/p/alone')]),
];
const found = lineage([pool('p', '/p', volumes)], domains);

function outline(nodes: readonly PictureNode[], depth = 0): string[] {
  return nodes.flatMap((node) => [`${'  '.repeat(depth)}${node.name}`, ...outline(node.children, depth + 1)]);
}

describe('lineage/picture', () => {
  it('shows who stands on whom, images without a machine too, and leaves out what is alone', () => {
    assert.deepEqual(outline(pictureOf(found, undefined).roots), [
      'broken',
      'cloud.img',
      '  on-cloud',
      'template',
      '  a',
      '    a1',
      `  ${hostile}`,
    ]);
  });

  it('knows what each takes and shares, and what all save', () => {
    const { roots, saved } = pictureOf(found, undefined);
    const sizes = Object.fromEntries(
      roots.flatMap(flat).map(({ name, own, shared }) => [name, [own / mib, shared / mib]]),
    );
    assert.deepEqual(
      [sizes.template, sizes.a, sizes.a1, sizes['on-cloud']],
      [
        [100, 0],
        [10, 100],
        [1, 110],
        [1, 50],
      ],
    );
    assert.equal(saved / mib, 100 + 100 + 110 + 50);
  });

  it('ends, and shows everything once, where images stand on each other in a loop', () => {
    const loop = lineage([pool('p', '/p', [overlay('/p/a', '/p/b'), overlay('/p/b', '/p/a')])]);
    const ids = pictureOf(loop, undefined)
      .roots.flatMap(flat)
      .map(({ id }) => id);
    assert.deepEqual(ids.sort(), ['volume//p/a', 'volume//p/b']);
  });
});

describe('picture/svg', () => {
  const { svg, nodes, summary } = drawPicture(pictureOf(found, undefined), 'en');

  it('is XML, whatever the names are', () => {
    assert.equal(parseXml(svg).name, 'svg');
    assert.equal(nodes, 7);
    assert.match(summary, /7 nodes; the links save 360 MiB/);
  });

  it('is a tree for who cannot see it: names, levels, places, states and what is wrong', () => {
    const items = parseXml(svg).all('g');
    assert.equal(items.length, 7);
    const item = (name: string) =>
      items.find((one) => one.attribute('aria-label')?.startsWith(name)) ?? assert.fail(name);
    assert.equal(item(hostile).attribute('aria-label'), `${hostile}, running, 1 MiB, shares 100 MiB`);
    assert.equal(item('template').attribute('aria-label'), 'template, template, shut off, 100 MiB');
    const a1 = item('a1');
    assert.deepEqual(
      ['role', 'aria-level', 'aria-posinset', 'aria-setsize', 'data-parent'].map((name) =>
        a1.attribute(name),
      ),
      ['treeitem', '3', '1', '1', `domain/${domains[1]?.uuid ?? ''}`],
    );
    assert.match(item('broken').attribute('aria-label') ?? '', /base missing/);
    assert.match(item('broken').attribute('class') ?? '', /error/);
  });

  it('puts no two nodes over each other', () => {
    const places = [...svg.matchAll(/translate\((\S+) (\S+)\)/g)].map(
      ([, x, y]) => [Number(x), Number(y)] as const,
    );
    for (const [index, [x, y]] of places.entries())
      for (const [ox, oy] of places.slice(index + 1))
        assert.ok(x !== ox || Math.abs(y - oy) >= 46, `${x} ${y} ${oy}`);
  });

  it('stands alone as a file, with colours of its own', () => {
    const file = drawPicture(pictureOf(found, undefined), 'en', fileStyle).svg;
    assert.match(new XMLParser().parse(file) === undefined ? '' : file, /<style>.*prefers-color-scheme/);
  });

  it('lays out and draws 500 nodes in a moment', () => {
    const many = Array.from({ length: 499 }, (_, number) =>
      overlay(`/p/${number}`, number < 9 ? '/p/base' : `/p/${number % 9}`),
    );
    const crowd = lineage([pool('p', '/p', [volume('/p/base'), ...many])]);
    const ms = leastCpuTime(() => {
      assert.equal(drawPicture(pictureOf(crowd, undefined), 'en').nodes, 500);
    });
    assert.ok(ms < 1000, `${ms} ms`);
  });
});
