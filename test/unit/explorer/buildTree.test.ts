import assert from 'node:assert/strict';
import { buildTree } from '../../../src/explorer/buildTree';
import type { Node } from '../../../src/explorer/node';
import type { Inventory } from '../../../src/host/inventory';
import {
  backing,
  disk,
  domain,
  gibibyte,
  hostWith,
  inventory,
  overlay,
  pool,
  uri,
  uuid,
  volume,
} from '../builders';

const drawing = { namePattern: /^plantilla-/u, locale: 'en' };
const template = domain(1, 'plantilla-web', [disk('/p/base')]);
const clone = domain(2, 'clone 10', [disk('/p/one')], { state: 'running' });
const second = domain(3, 'clone 9', [disk('/p/two')]);
const cloneOfClone = domain(4, 'grandchild', [disk('/p/one-1')], { state: 'paused' });
const ordinary = domain(5, 'ordinary', [disk('/p/own')]);
const home = pool('default', '/p', [
  volume('/p/base', { mode: 0o444 }),
  overlay('/p/one', '/p/base'),
  overlay('/p/two', '/p/base'),
  overlay('/p/one-1', '/p/one'),
  volume('/p/own'),
]);
const other = pool('other', '/q', [overlay('/q/far', '/p/base')]);
const off = pool('off', '/o', [], { active: false });
const full = inventory([home, other, off], [template, clone, second, cloneOfClone, ordinary]);

function treeOf(found: Inventory | undefined, error?: Error): Node {
  return buildTree(hostWith(found, error), drawing);
}

function all(node: Node): Node[] {
  return [node, ...node.children.flatMap(all)];
}

/** The tree as indented labels. */
function outline(node: Node, depth = 0): string[] {
  return [
    `${'  '.repeat(depth)}${node.look.label}`,
    ...node.children.flatMap((one) => outline(one, depth + 1)),
  ];
}

function find(root: Node, ...labels: readonly string[]): Node {
  return labels.reduce(
    (node, label) =>
      node.children.find(({ look }) => look.label === label) ?? assert.fail(`no ${label} in ${node.id}`),
    root,
  );
}

describe('explorer/buildTree', () => {
  it('shows the snapshots of a machine as libvirt’s tree below it, and marks the current one', () => {
    const snapshots = [
      { name: 'two', images: [], parent: 'one', current: true, created: 1795577988, state: 'running' },
      { name: 'one', images: [] },
      { name: 'ten', images: [], parent: 'one', state: 'disk-snapshot' },
      { name: 'lost', images: [], parent: 'gone' },
    ];
    const baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots };
    const kept = { ...second, baggage };
    const machines = find(treeOf(inventory([home], [template, kept])), 'Virtual Machines');
    const machine = find(machines, 'clone 9');
    assert.deepEqual(outline(machine), ['clone 9', '  lost', '  one', '    ten', '    two']);
    const two = find(machine, 'one', 'two');
    assert.match(two.look.description, /^current · running · .*2026/);
    assert.equal(two.look.context, 'snapshot current');
    assert.equal(find(machine, 'one', 'ten').look.description, 'disks only');
    assert.equal(two.id, `${machine.id}/snapshot/two`);
  });

  it('shows templates with their clones, machines, and pools with overlays below their base', () => {
    assert.deepEqual(outline(treeOf(full)), [
      uri,
      '  Templates',
      '    plantilla-web',
      '      clone 9',
      '      clone 10',
      '        grandchild',
      '  Virtual Machines',
      '    clone 9',
      '    grandchild',
      '    ordinary',
      '  Storage Pools',
      '    default',
      '      base',
      '        one',
      '          one-1',
      '        two',
      '      own',
      '    off',
      '    other',
      '      far',
      '  Problems',
      '    one-1: base in use',
      '    one: writable base',
    ]);
  });

  it('shows a clone below its template and among the machines', () => {
    const root = treeOf(full);
    const below = find(root, 'Templates', 'plantilla-web', 'clone 9');
    const among = find(root, 'Virtual Machines', 'clone 9');
    assert.ok(below.kind === 'domain' && among.kind === 'domain');
    assert.equal(below.domain, among.domain);
    assert.notEqual(below.id, among.id);
  });

  it('gives each node an id of its own, and each child its parent', () => {
    const nodes = all(treeOf(full));
    assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
    for (const node of nodes) for (const child of node.children) assert.equal(child.parent, node);
  });

  it('builds ids from identity', () => {
    const root = treeOf(full);
    assert.equal(root.id, `host/${uri}`);
    assert.ok(find(root, 'Virtual Machines', 'ordinary').id.endsWith(`/domain/${uuid(5)}`));
    const one = find(root, 'Storage Pools', 'default', 'base', 'one');
    assert.ok(one.id.endsWith(`/pool/${home.uuid}/volume//p/one`), one.id);
  });

  it('keeps ids when states and names change', () => {
    const renamed = full.domains.map((one) => ({
      ...one,
      name: `${one.name} renamed`,
      title: 'new',
      state: one.state === 'shutoff' ? ('running' as const) : ('shutoff' as const),
      mark: one === template ? ({ kind: 'template' } as const) : one.mark,
    }));
    const pools = full.pools.map((one) => ({ ...one, name: `${one.name}2`, available: 0 }));
    const ids = (root: Node) => all(root).flatMap(({ id, kind }) => (kind === 'problem' ? [] : [id]));
    assert.deepEqual(ids(treeOf({ ...full, domains: renamed, pools })).sort(), ids(treeOf(full)).sort());
  });

  it('keeps the id of an overlay when its base vanishes', () => {
    const orphan = pool('default', '/p', [overlay('/p/one', '/p/base')]);
    assert.equal(
      find(treeOf(inventory([orphan])), 'Storage Pools', 'default', 'one').id,
      find(treeOf(full), 'Storage Pools', 'default', 'base', 'one').id,
    );
  });

  it('shows every volume of every pool, also where two pools show the same files', () => {
    const twin = pool('twin', '/p', home.volumes);
    const root = treeOf(inventory([home, twin]));
    for (const name of ['default', 'twin']) {
      const shown = all(find(root, 'Storage Pools', name)).filter(({ kind }) => kind === 'volume');
      assert.equal(shown.length, home.volumes.length, name);
    }
  });

  it('shows every machine somewhere, and ends, when files back each other in a loop', () => {
    const loop = pool('p', '/p', [overlay('/p/a', '/p/b'), overlay('/p/b', '/p/a')]);
    const root = treeOf(inventory([loop], [domain(1, 'a', [disk('/p/a')]), domain(2, 'b', [disk('/p/b')])]));
    const shown = new Set(all(root).flatMap((node) => (node.kind === 'domain' ? node.domain.name : [])));
    assert.deepEqual([...shown].sort(), ['a', 'b']);
  });

  it('shows an overlay below its base though it names that by a link', () => {
    const linked = pool('p', '/p', [volume('/p/base'), overlay('/p/top', '/link/base')]);
    const root = treeOf({ ...inventory([linked]), realPaths: new Map([['/link/base', '/p/base']]) });
    assert.equal(find(root, 'Storage Pools', 'p').children.length, 1);
    find(root, 'Storage Pools', 'p', 'base', 'top');
  });

  it('shows a base among the templates that machines only read, and none that a snapshot keeps', () => {
    const files = pool('p', '/p', [volume('/p/base'), overlay('/p/top', '/p/base')]);
    const reader = domain(1, 'reader', [disk('/p/base', { readonly: true })]);
    find(treeOf(inventory([files], [reader])), 'Templates', 'base', 'top');
    const snapshots = [{ name: 's', images: ['/p/base', '/p/top'] }];
    const baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots };
    const snapped = domain(2, 'snapped', [disk('/p/top')], { baggage });
    assert.deepEqual(find(treeOf(inventory([files], [snapped])), 'Templates').children, []);
  });

  it('shows an error above the last good data', () => {
    const error = new Error('The host cannot be reached.\nMore.');
    const root = treeOf(full, error);
    assert.deepEqual(
      root.children.map(({ kind, look }) => [kind, look.label]),
      [
        ['message', 'The host cannot be reached.'],
        ['group', 'Templates'],
        ['group', 'Virtual Machines'],
        ['group', 'Storage Pools'],
        ['group', 'Problems'],
      ],
    );
    assert.deepEqual(outline(root).slice(2), outline(treeOf(full)).slice(1));
    assert.match(root.look.spoken, /not reached/);
    assert.equal(root.look.context, 'host');
  });

  it('shows only the error of a host that never answered, and only that it waits for one that has not answered yet', () => {
    assert.deepEqual(outline(treeOf(undefined, new Error('dead'))), [uri, '  dead']);
    assert.deepEqual(outline(treeOf(undefined)), [uri, '  Connecting…']);
  });

  it('shows the three groups of an empty host', () => {
    assert.deepEqual(outline(treeOf(inventory([]))), [
      uri,
      '  Templates',
      '  Virtual Machines',
      '  Storage Pools',
    ]);
  });

  it('counts in the groups', () => {
    const groups = treeOf(full).children.map(({ look }) => [look.label, look.description]);
    // clone 10 has a clone of its own: a template too.
    assert.deepEqual(groups, [
      ['Templates', '2'],
      ['Virtual Machines', '3'],
      ['Storage Pools', '3'],
      ['Problems', '2'],
    ]);
  });

  describe('speaks', () => {
    const broken = pool('p', '/p', [
      volume('/p/broken', { backing: backing('/p/gone', { found: false }) }),
      volume('/p/unread', { problem: 'Permission denied' }),
    ]);
    const root = treeOf(full);
    const spoken: readonly [string, Node, RegExp][] = [
      ['a host', root, /^Host qemu:\/\/\/session$/],
      ['a group with its count', find(root, 'Templates'), /^Templates, 2$/],
      [
        'a template with its state',
        find(root, 'Templates', 'plantilla-web'),
        /^plantilla-web, template, shut off$/,
      ],
      ['a running machine', find(root, 'Templates', 'plantilla-web', 'clone 10'), /^clone 10, .*, running$/],
      [
        'a paused machine',
        find(root, 'Virtual Machines', 'grandchild'),
        /^grandchild, virtual machine, paused, base in use$/,
      ],
      ['an active pool', find(root, 'Storage Pools', 'default'), /^default, storage pool, active$/],
      ['an inactive pool', find(root, 'Storage Pools', 'off'), /^off, storage pool, inactive$/],
      ['a base', find(root, 'Storage Pools', 'default', 'base'), /^base, base, 1 MiB of 1 GiB$/],
      ['an overlay', find(root, 'Storage Pools', 'default', 'base', 'one'), /^one, overlay, /],
      ['a volume', find(root, 'Storage Pools', 'default', 'own'), /^own, volume, /],
      [
        'a broken overlay',
        find(treeOf(inventory([broken])), 'Storage Pools', 'p', 'broken'),
        /^broken, overlay, .*missing/,
      ],
      [
        'a volume that cannot be read',
        find(treeOf(inventory([broken])), 'Storage Pools', 'p', 'unread'),
        /^unread, volume, Permission denied$/,
      ],
      [
        'a machine that cannot be read',
        find(treeOf(inventory([], [domain(9, 'x', [], { problem: 'no' })])), 'Virtual Machines', 'x'),
        /^x, virtual machine, cannot be read$/,
      ],
    ];
    for (const [what, node, words] of spoken) {
      it(what, () => {
        assert.match(node.look.spoken, words);
      });
    }

    it('every node', () => {
      for (const node of all(treeOf(full, new Error('x')))) assert.notEqual(node.look.spoken.trim(), '');
    });
  });

  describe('describes', () => {
    const root = treeOf(full);
    it('a template by state, clones and the space of its images', () => {
      const { look } = find(root, 'Templates', 'plantilla-web');
      assert.equal(look.description, 'shut off · linked clones: 2 · 1 MiB');
      assert.ok(
        look.tooltip.some((line) => line.includes('linked clones or other overlays stand on its disks')),
      );
      assert.ok(look.tooltip.includes(`UUID: ${uuid(1)}`));
    });

    it('a pool by its room, and an inactive one by its state', () => {
      assert.equal(find(root, 'Storage Pools', 'default').look.description, '60 GiB free of 100 GiB');
      assert.equal(find(root, 'Storage Pools', 'off').look.description, 'inactive');
    });

    it('a clone by the template it stands on', () => {
      const { tooltip } = find(root, 'Virtual Machines', 'clone 9').look;
      assert.ok(tooltip.includes('Linked clone of plantilla-web'), tooltip.join('\n'));
    });

    it('what stands on a base that no machine has, below that base', () => {
      const cloud = pool('p', '/p', [
        volume('/p/cloud.img', { mode: 0o444 }),
        overlay('/p/one', '/p/cloud.img'),
        overlay('/p/spare', '/p/cloud.img'),
        overlay('/p/one-1', '/p/spare'),
      ]);
      const root = treeOf(
        inventory([cloud], [domain(1, 'one', [disk('/p/one')]), domain(2, 'two', [disk('/p/one-1')])]),
      );
      assert.deepEqual(outline(find(root, 'Templates')), [
        'Templates',
        '  cloud.img',
        '    one',
        '    spare',
        '      two',
      ]);
    });

    it('a base that is missing, on the overlay, its machine and below Problems', () => {
      const orphan = pool('p', '/p', [
        overlay('/p/one', '/p/gone', { backing: backing('/p/gone', { found: false }) }),
      ]);
      const root = treeOf(inventory([orphan], [domain(1, 'a', [disk('/p/one')])]));
      const volumeNode = find(root, 'Storage Pools', 'p', 'one');
      assert.match(volumeNode.look.description, /^base missing · /);
      const machine = find(root, 'Virtual Machines', 'a');
      assert.match(machine.look.description, /^shut off · base missing · /);
      assert.deepEqual([volumeNode.look.icon, machine.look.icon], ['warning', 'warning']);
      for (const { look } of [volumeNode, machine])
        assert.ok(look.tooltip.some((line) => line.includes('relink one to where it is now')));
      const problem = find(root, 'Problems', 'one: base missing');
      assert.equal(problem.look.context, 'problem relink');
    });

    it('sizes in the user’s language', () => {
      const big = inventory([pool('p', '/p', [], { available: 1.5 * gibibyte })]);
      const look = buildTree(hostWith(big), { ...drawing, locale: 'es' });
      assert.match(find(look, 'Storage Pools', 'p').look.description, /^1,5 GiB/);
    });

    it('a template that runs as a danger', () => {
      const running = inventory([home], [{ ...template, state: 'running' }]);
      assert.equal(find(treeOf(running), 'Templates', 'plantilla-web').look.icon, 'warning');
    });
  });
});
