import assert from 'node:assert/strict';
import { readSnapshots } from '../../../src/host/baggage';
import { isExternal, parseSnapshot } from '../../../src/host/snapshot';
import { uuid } from '../builders';

const disk = (file: string) => `<disk type='file'><source file='${file}'/><target dev='vda'/></disk>`;

const inside = `<domainsnapshot>
  <name>fresh</name>
  <description>first &lt;one&gt;</description>
  <state>shutoff</state>
  <creationTime>1795577988</creationTime>
  <memory snapshot='no'/>
  <disks><disk name='vda' snapshot='internal'/></disks>
  <domain type='qemu'><devices>${disk('/p/c.qcow2')}</devices></domain>
</domainsnapshot>`;

const outside = `<domainsnapshot>
  <name>later</name>
  <state>running</state>
  <parent><name>fresh</name></parent>
  <memory snapshot='external' file='/p/c.mem'/>
  <disks>
    <disk name='vda' snapshot='external' type='file'><source file='/p/c.later'/></disk>
    <disk name='vdb' snapshot='no'/>
  </disks>
  <domain type='qemu'><devices>${disk('/p/c.qcow2')}</devices></domain>
  <inactiveDomain type='qemu'><devices>${disk('/p/c.qcow2')}</devices></inactiveDomain>
</domainsnapshot>`;

describe('host/snapshot', () => {
  it('reads one that lies in the image', () => {
    const snapshot = parseSnapshot('fresh', inside);
    assert.deepEqual(snapshot, {
      name: 'fresh',
      images: ['/p/c.qcow2'],
      written: ['/p/c.qcow2'],
      inside: ['/p/c.qcow2'],
      description: 'first <one>',
      created: 1795577988,
      state: 'shutoff',
    });
    assert.equal(isExternal(snapshot), false);
  });

  it('reads one that made an overlay and a file with its memory', () => {
    const snapshot = parseSnapshot('later', outside);
    assert.deepEqual(snapshot, {
      name: 'later',
      images: ['/p/c.qcow2', '/p/c.later', '/p/c.mem'],
      written: ['/p/c.qcow2', '/p/c.later'],
      inside: [],
      parent: 'fresh',
      state: 'running',
      memory: { file: '/p/c.mem' },
      made: ['/p/c.later'],
    });
    assert.equal(isExternal(snapshot), true);
  });

  it('takes nothing else for one', () => {
    assert.throws(() => parseSnapshot('x', 'error'));
    assert.throws(() => parseSnapshot('x', '<domain/>'));
  });

  it('asks for those of several machines at once, and which one each is at', async () => {
    const answers: Readonly<Record<string, string>> = {
      [`snapshot-list --domain ${uuid(1)} --name`]: 'fresh\nlater\n\n',
      [`snapshot-list --domain ${uuid(2)} --name`]: '',
      [`snapshot-current --domain ${uuid(1)} --name`]: 'later\n',
      [`snapshot-current --domain ${uuid(2)} --name`]: '',
      [`snapshot-dumpxml --domain ${uuid(1)} --snapshotname 'fresh'`]: inside,
      [`snapshot-dumpxml --domain ${uuid(1)} --snapshotname 'later'`]: outside,
    };
    let rounds = 0;
    const read = await readSnapshots([uuid(1), uuid(2)], (commands) => {
      rounds++;
      return Promise.resolve(
        commands.map((command) => ({ stdout: answers[command] ?? assert.fail(command), stderr: '' })),
      );
    });
    const seen = [...read].map(([id, found]) => [id, found.map((one) => [one.name, one.current])]);
    assert.deepEqual(seen, [
      [
        uuid(1),
        [
          ['fresh', undefined],
          ['later', true],
        ],
      ],
      [uuid(2), []],
    ]);
    assert.equal(rounds, 2);
  });
});
