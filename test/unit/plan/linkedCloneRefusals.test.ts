import assert from 'node:assert/strict';
import type { Disk, Domain } from '../../../src/host/domain';
import type { LinkedCloneAnswers } from '../../../src/plan/linkedClone';
import { checkBasesIdle } from '../../../src/plan/baseChecks';
import { backing, cdrom, disk, domain, gibibyte, lineage, nic, overlay, pool, volume } from '../builders';
import { basePath, dir, plan, plans, template, type World } from './cloneWorld';
import { refusalOf } from './plans';

const definition = (content: string) => `<domain type='kvm'><name>t</name>${content}</domain>`;
const baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots: [] };
const lun = (rest: Partial<Disk> = {}) =>
  disk('/dev/x', { device: 'lun', type: 'block', target: 'sdb', format: 'raw', ...rest });
const floppy = `<disk device='floppy'><source file='/p/f'/><target dev='fda'/></disk>`;
const statedBacking = `<disk><source file='/p/a'/><backingStore type='file'><source file='/p/b'/></backingStore></disk>`;

describe('plan/linkedClone: refusals', () => {
  const other = (rest: Partial<Domain>) => domain(2, 'other', [disk(basePath)], rest);
  const disks = (...list: Disk[]): World => ({ template: domain(1, 't', list) });
  const refusals: readonly [string, RegExp, Partial<LinkedCloneAnswers>, World][] = [
    ['a template that runs', /not switched off/, {}, { template: { ...template, state: 'running' } }],
    ['a template that is paused', /not switched off/, {}, { template: { ...template, state: 'paused' } }],
    [
      'a template that cannot be read',
      /cannot be read: no/,
      {},
      { template: { ...template, problem: 'no' } },
    ],
    [
      'UEFI variables that are nowhere to be found',
      /cannot be found out where .* State the file/,
      {},
      { template: { ...template, nvram: true }, facts: { definition: definition("<os firmware='efi'/>") } },
    ],
    [
      'UEFI variables that are in no file',
      /of type network, .* Move them to a file/,
      {},
      {
        template: { ...template, nvram: true },
        facts: { definition: definition("<os><nvram type='network'><source/></nvram></os>") },
      },
    ],
    ['a saved memory', /is saved.*managedsave-remove/, {}, { facts: { saved: true } }],
    [
      'a saved memory that the look at the host finds',
      /is saved.*managedsave-remove/,
      {},
      { template: { ...template, baggage: { ...baggage, managedSave: true } } },
    ],
    [
      'a base of another machine whose memory is saved',
      /memory of other is saved/,
      {},
      { domains: [other({ baggage: { ...baggage, managedSave: true } })] },
    ],
    [
      'persistent memory that would be shared',
      /\/p\/nv, which template and clone would both write to/,
      {},
      {
        facts: {
          definition: definition(
            "<devices><memory model='nvdimm'><source><path>/p/nv</path></source></memory></devices>",
          ),
        },
      },
    ],
    ['no disk', /no writable disk/, {}, disks(cdrom('/p/x'))],
    [
      'a stated backing store',
      /a stated backing store\. Choose the method define/,
      {},
      { facts: { definition: definition(`<devices>${statedBacking}</devices>`) } },
    ],
    ['a SCSI device for virt-clone', /sdb \(\/dev\/x\).*both write/, {}, disks(disk(basePath), lun())],
    [
      'a SCSI device for define',
      /Detach it first/,
      { method: 'define' },
      disks(disk(basePath), lun({ type: 'network', source: undefined })),
    ],
    [
      'a floppy with media',
      /wrong places.*fda\. Choose the method define/,
      {},
      { facts: { definition: definition(`<devices>${floppy}</devices>`) } },
    ],
    ['an encrypted disk', /encrypted/, {}, disks(disk(basePath, { encrypted: true }))],
    ['a slice of an image', /is a slice/, {}, disks(disk(basePath, { sliced: true }))],
    ['a network disk', /vda \(network\).* Copy it in full/, {}, disks(disk(undefined, { type: 'network' }))],
    ['a disk in no pool', /no active storage pool/, {}, disks(disk('/elsewhere/a'))],
    [
      'a wrong driver',
      /reads .* as raw, but the image is qcow2/,
      {},
      disks(disk(basePath, { format: 'raw' })),
    ],
    [
      'a device in no pool',
      /vda is the device \/dev\/sdx, .*Copy it in full/,
      {},
      disks(disk('/dev/sdx', { type: 'block' })),
    ],
    [
      'a second disk in no pool',
      /no active storage pool/,
      {},
      disks(disk(basePath), disk('/x', { target: 'vdb' })),
    ],
    [
      'a base another machine writes to',
      /being written to by other/,
      {},
      { domains: [other({ state: 'running' })] },
    ],
    [
      'a base another machine writes to together with others',
      /being written to by o,/,
      {},
      { domains: [domain(2, 'o', [disk(basePath, { shareable: true })], { state: 'running' })] },
    ],
    [
      'a base that cannot be read',
      /cannot be read: denied/,
      {},
      { volumes: [volume(basePath, { problem: 'denied' })] },
    ],
    [
      'a base of unknown format',
      /format/,
      {},
      { volumes: [volume(basePath, { format: undefined })], ...disks(disk(basePath, { format: undefined })) },
    ],
    [
      'a base on the network',
      /type network.*Copy it in full/,
      {},
      { volumes: [volume(basePath, { type: 'network' })] },
    ],
    [
      'a CD-ROM image',
      /is a CD-ROM image/,
      {},
      { volumes: [volume(basePath, { format: 'iso' })], ...disks(disk(basePath, { format: undefined })) },
    ],
    [
      'a pool with room for one of two disks',
      /x has too little room: 2097152 bytes are needed, 1572864 are free/,
      { pool: pool('x', '/x', [], { available: 1.5 * 2 ** 20 }) },
      {
        volumes: [volume(basePath), volume('/p/b')],
        ...disks(disk(basePath), disk('/p/b', { target: 'vdb' })),
      },
    ],
    [
      'a pool with room for the disk, but not for its UEFI variables',
      /my pool has too little room: 1589248 bytes/,
      {},
      {
        template: { ...template, nvram: true },
        facts: {
          definition: definition(`<os><nvram>${dir}/base_VARS.fd</nvram></os>`),
          nvram: { path: `${dir}/base_VARS.fd`, exists: true },
        },
        pools: [
          pool('my pool', dir, [volume(basePath), volume(`${dir}/base_VARS.fd`, { capacity: 540672 })], {
            available: 1.2 * 2 ** 20,
          }),
        ],
      },
    ],
    [
      'a base whose own base is missing',
      /broken: \/p\/gone is missing/,
      {},
      { volumes: [volume(basePath, { backing: backing('/p/gone', { found: false }) })] },
    ],
    [
      'a chain that is broken further down',
      /broken: \/p\/gone is missing/,
      {},
      {
        volumes: [
          overlay(basePath, '/p/1'),
          volume('/p/1', { backing: backing('/p/gone', { found: false }) }),
        ],
      },
    ],
    ['an inactive pool', /not active/, { pool: pool('x', '/x', [], { active: false }) }, {}],
    ['a pool that holds no files', /type logical/, { pool: pool('x', '/x', [], { type: 'logical' }) }, {}],
    ['a pool without a directory', /cannot hold/, { pool: pool('x', '/x', [], { path: undefined }) }, {}],
    ['a smaller disk', /at least as large.* 1073741823 /, { capacity: gibibyte - 1 }, {}],
    ['a full pool', /pool x is full/, { pool: pool('x', '/x', [], { available: 1000 }) }, {}],
    ['a fraction of a byte', /at least/, { capacity: gibibyte + 0.5 }, {}],
    ['no number', /at least/, { capacity: NaN }, {}],
    [
      'an address that another machine has',
      /52:54:00:aa:bb:cc belongs to other\. Choose another one/,
      { mac: '52:54:00:aa:bb:cc' },
      { domains: [other({ interfaces: [{ ...nic('user'), mac: '52:54:00:AA:BB:CC' }] })] },
    ],
    [
      'an address for a machine without a network',
      /no network interface/,
      { mac: '52:54:00:aa:bb:cc', method: 'virt-install', networks: [] },
      {},
    ],
    ['no name', /Enter a name/, { name: '' }, {}],
    ['a taken name', /already a virtual machine/, { name: 'other' }, { domains: [other({})] }],
    ['the template’s own name', /already a virtual machine/, { name: template.name }, {}],
    [
      'a taken volume',
      /already a volume called "web.qcow2"/,
      {},
      { volumes: [volume(basePath), volume(`${dir}/web.qcow2`)] },
    ],
    ['a name of digits', /digits/, { name: '42' }, {}],
    ['a line break', /line breaks/, { name: 'a\nb' }, {}],
    ['a leading dash', /begin with "-"/, { name: '-web' }, {}],
    ['a task variable', /\$\{/, { name: '${env:HOME}' }, {}],
    ['a task variable in the template’s name', /\$\{/, {}, { template: { ...template, name: '${x}' } }],
    ['a task variable in the pool’s path', /\$\{/, { pool: pool('x', '/${x}', []) }, {}],
    ['a quote in the name', /write the character '/, { name: `it's` }, {}],
    ['an ampersand in the name', /character &/, { name: 'a&b' }, {}],
    ['a < in the name', /character </, { name: 'a<b', volumeTool: 'qemu-img' }, {}],
    ['a blank for virt-install', /another method/, { name: 'a b', method: 'virt-install' }, {}],
    ['200 wide letters', /400 bytes/, { name: 'ñ'.repeat(200) }, {}],
    [
      'an & in the base’s path',
      /Choose the volume tool vol-create,/,
      {},
      { volumes: [volume('/p/a&b')], template: domain(1, 't', [disk('/p/a&b')]) },
    ],
  ];
  for (const [what, why, answers, world] of refusals) {
    it(`refuses ${what}`, () => {
      assert.match(
        refusalOf(() => plan(answers, world)),
        why,
      );
    });
  }

  const allowed: readonly [string, Partial<LinkedCloneAnswers>, World][] = [
    [
      'a stated backing store with virt-install',
      { method: 'virt-install' },
      { facts: { definition: definition(`<devices>${statedBacking}</devices>`) } },
    ],
    ['a SCSI device that virt-install leaves out', { method: 'virt-install' }, disks(disk(basePath), lun())],
    ['a SCSI device that is shared on purpose', {}, disks(disk(basePath), lun({ shareable: true }))],
    [
      'a floppy with media that define leaves in its place',
      { method: 'define' },
      { facts: { definition: definition(`<devices>${floppy}</devices>`) } },
    ],
    [
      'a base another machine only reads',
      {},
      { domains: [domain(2, 'o', [disk(basePath, { readonly: true })], { state: 'running' })] },
    ],
    ['a base of a machine that is off', {}, { domains: [other({})] }],
    ['a chain whose next level is in no pool', {}, { volumes: [overlay(basePath, '/elsewhere')] }],
    ['exactly the base’s size', { capacity: gibibyte }, {}],
    ['200 ASCII letters', { name: 'x'.repeat(200) }, {}],
    [
      'an & in the base’s path with qemu-img',
      { volumeTool: 'qemu-img', pool: pool('x', '/x', []) },
      { pools: [pool('a', '/a&b', [volume('/a&b/c')])], template: domain(1, 't', [disk('/a&b/c')]) },
    ],
  ];
  for (const [what, answers, world] of allowed) {
    it(`allows ${what}`, () => {
      assert.ok(plan(answers, world).steps.length > 0);
    });
  }
});

describe('plan/linkedClones: refusals', () => {
  it('refuses more clones than the pool has room for, before the first is made', () => {
    const small = pool('x', '/x', [], { available: 2.5 * 2 ** 20 });
    assert.ok(plans(['a', 'b'], { pool: small }).steps.length > 0);
    assert.match(
      refusalOf(() => plans(['a', 'b', 'c'], { pool: small })),
      /pool x has too little room: 3145728 bytes/,
    );
  });
});

describe('plan/baseChecks', () => {
  const recorded = plan();
  const off = domain(1, 'off', [disk(basePath)]);
  const now = (rest: Partial<Domain>) =>
    lineage([pool('my pool', dir, [volume(basePath)])], [{ ...off, ...rest }]);

  it('lets a plan go on that was cut off, unless somebody writes to a base of it by now, or will go on to', () => {
    checkBasesIdle(recorded, now({}));
    assert.match(
      refusalOf(() => checkBasesIdle(recorded, now({ state: 'running' }))),
      /being written to by off/,
    );
    assert.match(
      refusalOf(() => checkBasesIdle(recorded, now({ baggage: { ...baggage, managedSave: true } }))),
      /memory of off is saved/,
    );
  });
});
