import assert from 'node:assert/strict';
import type { Domain } from '../../../src/host/domain';
import type { Volume } from '../../../src/host/volume';
import { importVolume, type ImportAnswers } from '../../../src/plan/importVolume';
import { volumeClone, type VolumeCloneAnswers } from '../../../src/plan/volumeClone';
import { disk, domain, gibibyte, lineage, overlay, pool, uri, uuid, volume } from '../builders';
import { argv, refusalOf } from './plans';

const image = volume('/p/cloud, image.img', { format: 'raw' });
const machine = {
  name: 'web$(id)',
  type: 'qemu',
  memory: gibibyte,
  vcpus: 1,
  osinfo: 'detect=on,require=off',
  networks: ['user'],
};

function mark(name: string, clone: string): string[] {
  return [
    ...['virsh', '--connect', uri, 'metadata', '--domain', name, '--uri', 'urn:linked-clones:libvirt:1'],
    ...['--key', 'linkedclones', '--set', clone, '--config'],
  ];
}

function installed(name: string, disk: string): string[] {
  return [
    ...['virt-install', '--connect', uri, '--virt-type', 'qemu', '--name', name],
    ...['--osinfo', 'detect=on,require=off', '--disk', disk],
    ...['--memory', '1024', '--vcpus', '1', '--network', 'user', '--graphics', 'none'],
    ...['--import', '--noautoconsole', '--noreboot'],
  ];
}

describe('plan/importVolume', () => {
  const plan = (
    answers: Partial<ImportAnswers> = {},
    volumes: readonly Volume[] = [image],
    domains: readonly Domain[] = [],
  ) => importVolume({ ...machine, volume: image, ...answers }, lineage([pool('p', '/p', volumes)], domains));

  it('makes a machine on a volume', () => {
    const { steps, ...rest } = plan();
    assert.deepEqual(argv({ steps, ...rest }), [
      installed('web$(id)', 'path="/p/cloud, image.img",bus=virtio'),
    ]);
    assert.deepEqual(steps[0]?.verify, {
      kind: 'machine',
      name: 'web$(id)',
      images: [{ path: image.path, format: 'raw' }],
    });
    assert.deepEqual(steps[0].undo, { kind: 'undefineDomain', name: 'web$(id)', image: image.path });
  });

  it('marks the machine as a clone of who writes to the base of the volume', () => {
    const top = overlay('/p/top', '/p/base');
    const owner = domain(1, 'owner', [disk('/p/base')]);
    const volumes = [volume('/p/base'), top];
    assert.deepEqual(
      argv(plan({ volume: top }, volumes, [owner]))[1],
      mark('web$(id)', `<clone template="${uuid(1)}"/>`),
    );
    assert.deepEqual(argv(plan({ volume: top }, volumes))[1], mark('web$(id)', '<clone/>'));
  });

  it('refuses a volume that others stand on or use, and one that cannot be read', () => {
    assert.match(
      refusalOf(() => plan({}, [image, overlay('/p/top', image.path)])),
      /backing store of top/,
    );
    assert.match(
      refusalOf(() => plan({}, [image], [domain(1, 'user', [disk(image.path)])])),
      /already belongs to user/,
    );
    assert.match(
      refusalOf(() => plan({}, [image], [domain(1, 'user', [disk(image.path)], { state: 'running' })])),
      /in use by user, which is running/,
    );
    assert.match(
      refusalOf(() => plan({ volume: volume('/p/x', { problem: 'denied' }) })),
      /cannot be read: denied/,
    );
  });

  it('refuses names and paths that the tools would not take', () => {
    assert.match(
      refusalOf(() => plan({ name: '-x' })),
      /begin with "-"/,
    );
    assert.match(
      refusalOf(() => plan({ name: 'taken' }, [image], [domain(1, 'taken', [])])),
      /already a virtual machine/,
    );
    assert.match(
      refusalOf(() => plan({ name: 'a b' })),
      /blanks/,
    );
    assert.match(
      refusalOf(() => plan({ volume: volume(`/p/it's`) })),
      /write the character '/,
    );
  });
});

describe('plan/volumeClone', () => {
  const plan = (answers: Partial<VolumeCloneAnswers> = {}, domains: readonly Domain[] = []) =>
    volumeClone(
      {
        ...machine,
        name: 'web',
        base: image,
        pool: undefined,
        capacity: undefined,
        volumeTool: 'vol-create-as',
        start: false,
        ...answers,
      },
      lineage([pool('p', '/p', [image])], domains),
    );
  const show = ['virsh', '--connect', uri, 'vol-dumpxml', '--vol', image.path];

  it('makes an overlay with libvirt, and a machine on it', () => {
    assert.deepEqual(argv(plan()), [
      show,
      [
        ...['virsh', '--connect', uri, 'vol-create-as', '--pool', 'p', '--name', 'web.qcow2'],
        ...['--capacity', '1073741824', '--format', 'qcow2'],
        ...['--backing-vol', image.path, '--backing-vol-format', 'raw'],
      ],
      ['qemu-img', 'amend', '-f', 'qcow2', '-o', 'compat=1.1', '/p/web.qcow2'],
      installed('web', 'path=/p/web.qcow2,bus=virtio'),
      mark('web', '<clone/>'),
    ]);
  });

  it('makes an overlay with qemu-img, larger, and starts the machine', () => {
    const answers = { volumeTool: 'qemu-img', capacity: 2 * gibibyte, start: true } as const;
    assert.deepEqual(argv(plan(answers)), [
      show,
      ['qemu-img', 'create', '-f', 'qcow2', '-b', image.path, '-F', 'raw', '/p/web.qcow2', '2147483648'],
      ['virsh', '--connect', uri, 'pool-refresh', '--pool', 'p'],
      installed('web', 'path=/p/web.qcow2,bus=virtio'),
      mark('web', '<clone/>'),
      ['virsh', '--connect', uri, 'start', '--domain', 'web'],
    ]);
  });

  it('expects the overlay, and the machine to read it as qcow2', () => {
    assert.deepEqual(
      plan().steps.flatMap(({ verify }) => verify ?? []),
      [
        {
          kind: 'overlay',
          path: '/p/web.qcow2',
          backing: image.path,
          backingFormat: 'raw',
          capacity: gibibyte,
          compat: '1.1',
        },
        { kind: 'machine', name: 'web', images: [{ path: '/p/web.qcow2', format: 'qcow2' }] },
        { kind: 'machine', name: 'web', images: [], likeness: { cloneOf: { template: undefined } } },
      ],
    );
  });

  it('names the machine that writes to the volume as its template', () => {
    const owner = domain(1, 'owner', [disk(image.path)]);
    assert.deepEqual(argv(plan({}, [owner])).at(-1), mark('web', `<clone template="${uuid(1)}"/>`));
  });

  it('refuses no name, and a volume that is being written to', () => {
    assert.match(
      refusalOf(() => plan({ name: '' })),
      /name/,
    );
    const writer = domain(1, 'writer', [disk(image.path)], { state: 'running' });
    assert.match(
      refusalOf(() => plan({}, [writer])),
      /writer, which is running/,
    );
  });
});
