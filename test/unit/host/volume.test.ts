import assert from 'node:assert/strict';
import { parseVolume, unreadableVolume } from '../../../src/host/volume';
import { capture, versions, type Version } from '../captures';

const hostile = `it's "q" & <é>   three  $(x) \${y}.qcow2`;
const dir = '/tmp/lcap/pool';

function read(version: Version, name: string) {
  return parseVolume(capture(version, `volume/${name}.xml`));
}

for (const version of versions) {
  describe(`host/volume on libvirt ${version}`, () => {
    it('reads a base', () => {
      const { allocation, modified, owner, ...base } = read(version, 'base.qcow2');
      assert.deepEqual(base, {
        name: 'base.qcow2',
        key: `${dir}/base.qcow2`,
        path: `${dir}/base.qcow2`,
        type: 'file',
        format: 'qcow2',
        capacity: 64 * 2 ** 20,
        backing: undefined,
        mode: 0o444,
        compat: '1.1',
        problem: undefined,
      });
      assert.ok((modified ?? 0) > 1.7e9 && (owner ?? 0) > 0, `modified ${modified}, owner ${owner}`);
      assert.ok(allocation > 0 && allocation < 2 ** 20, `allocation ${allocation}`);
    });

    const backings: readonly [string, string, string][] = [
      ['overlay.qcow2', 'base.qcow2', 'qcow2'],
      ['deep.qcow2', 'overlay.qcow2', 'qcow2'],
      ['cross.qcow2', 'base.qcow2', 'qcow2'],
      ['on-raw.qcow2', 'data.raw', 'raw'],
      ['relative.qcow2', 'base.qcow2', 'qcow2'],
    ];
    for (const [name, base, format] of backings) {
      it(`sees ${name} on ${base}`, () => {
        const { modified, ...backing } = read(version, name).backing ?? {};
        assert.deepEqual(backing, { path: `${dir}/${base}`, format, found: true });
        assert.ok((modified ?? 0) > 1.7e9, `modified ${modified}`);
      });
    }

    it('sees that a base is missing', () => {
      assert.deepEqual(read(version, 'orphan.qcow2').backing, {
        path: `${dir}/gone.qcow2`,
        format: 'qcow2',
        found: false,
        modified: undefined,
      });
    });

    it('reads a raw volume', () => {
      const { format, capacity, backing, mode } = read(version, 'data.raw');
      assert.deepEqual([format, capacity, backing, mode], ['raw', 2 ** 20, undefined, 0o644]);
    });

    it('keeps a hostile name as it is', () => {
      const { name, path, key } = read(version, 'it_s__q__________three____x____y_.qcow2');
      assert.deepEqual([name, path, key], [hostile, `${dir}/${hostile}`, `${dir}/${hostile}`]);
    });

    it('keeps line breaks and backslashes in names', () => {
      assert.equal(read(version, 'new_line.raw').path, `${dir}/new\nline.raw`);
      assert.equal(read(version, 'back_x41slash.raw').path, `${dir}/back\\x41slash.raw`);
    });

    it('reads a directory', () => {
      const { type, format } = read(version, 'subdir');
      assert.deepEqual([type, format], ['dir', 'dir']);
    });
  });
}

describe('host/volume', () => {
  it('takes an empty <backingStore/> for none', () => {
    assert.equal(parseVolume('<volume><name>a</name><backingStore/></volume>').backing, undefined);
  });

  it('knows no permissions where the storage has none', () => {
    assert.equal(parseVolume(`<volume type='network'><name>a</name></volume>`).mode, undefined);
  });

  it('throws on what is not XML', () => {
    assert.throws(() => parseVolume('error: Storage volume not found'));
  });

  it('says why a volume cannot be read and builds nothing on it', () => {
    const { name, key, problem, backing, format } = unreadableVolume('a', '/p/a', 'denied');
    assert.deepEqual([name, key, problem, backing, format], ['a', '/p/a', 'denied', undefined, undefined]);
  });
});
