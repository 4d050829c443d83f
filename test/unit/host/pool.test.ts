import assert from 'node:assert/strict';
import { holdsFiles, parsePool, parseVolumeList } from '../../../src/host/pool';
import { capture, versions } from '../captures';

const dir = '/tmp/lcap/pool';

for (const version of versions) {
  describe(`host/pool on libvirt ${version}`, () => {
    it('reads an active pool', () => {
      const { name, type, path, capacity, allocation, available, uuid } = parsePool(
        capture(version, 'pool/default.xml'),
      );
      assert.deepEqual([name, type, path], ['default', 'dir', dir]);
      assert.match(uuid, /^[0-9a-f-]{36}$/);
      assert.ok(capacity > 2 ** 30);
      assert.equal(allocation + available, capacity);
    });

    it('keeps a hostile name and path as they are', () => {
      const { name, path } = parsePool(capture(version, 'pool/two_______pools.xml'));
      assert.deepEqual([name, path], ['two & <é> pools', '/tmp/lcap/pool two & <é>']);
    });

    it('reads an inactive pool', () => {
      const { name, path, capacity } = parsePool(capture(version, 'pool/switched-off.xml'));
      assert.deepEqual([name, path, capacity], ['switched-off', '/tmp/lcap/off', 0]);
    });

    it('reads the names and paths of plain and hostile volumes', () => {
      const list = parseVolumeList(capture(version, 'vol-list/default.txt'));
      for (const name of ['base.qcow2', 'subdir', `it's "q" & <é>   three  $(x) \${y}.qcow2`]) {
        assert.deepEqual(
          list.filter(({ path }) => path === `${dir}/${name}`),
          [{ name, path: `${dir}/${name}` }],
        );
      }
      assert.equal(list.length, 13);
    });

    it('reads volumes of a pool whose path has blanks', () => {
      assert.deepEqual(parseVolumeList(capture(version, 'vol-list/two_______pools.txt')), [
        { name: 'cross.qcow2', path: '/tmp/lcap/pool two & <é>/cross.qcow2' },
      ]);
    });

    it('undoes what the table does to backslashes and line breaks', () => {
      const paths = parseVolumeList(capture(version, 'vol-list/default.txt')).map(({ path }) => path);
      assert.ok(paths.includes(`${dir}/back\\x41slash.raw`), paths.join('\n'));
      assert.ok(paths.includes(`${dir}/new\nline.raw`), paths.join('\n'));
    });
  });
}

describe('host/pool', () => {
  const head = ' Name   Path\n--------------------\n';
  const tables: readonly [string, string, string[]][] = [
    ['an empty table', `${head}\n`, []],
    ['no table at all', '', []],
    ['a table below the newlines of a batch', `\n\n${head} a   /p/a\n\n`, ['/p/a']],
    ['volumes of an rbd pool', `${head} a b    pool/a b\n c      pool/c\n`, ['pool/a b', 'pool/c']],
    ['volumes of a gluster pool', ` a   gluster://host/vol/dir/a\n`, ['gluster://host/vol/dir/a']],
    ['three blanks in a name', `${head} a   b   /p/a   b\n`, ['/p/a   b']],
    ['three blanks and a slash in a path', `${head} a   /p   /q/a\n`, ['/p   /q/a']],
  ];
  for (const [what, table, paths] of tables) {
    it(`reads ${what}`, () => {
      assert.deepEqual(
        parseVolumeList(table).map(({ path }) => path),
        paths,
      );
    });
  }

  for (const [type, files] of [
    ['dir', true],
    ['fs', true],
    ['netfs', true],
    ['logical', false],
    ['rbd', false],
    ['zfs', false],
    ['disk', false],
    ['iscsi', false],
    ['something-new', false],
  ] as const) {
    it(`${type} pools ${files ? 'hold' : 'do not hold'} overlay files`, () => {
      assert.equal(holdsFiles({ type }), files);
    });
  }
});
