import assert from 'node:assert/strict';
import { isActive, parseDomain, unreadableDomain, writableDisks } from '../../../src/host/domain';
import type { Domain, DomainState, Mark } from '../../../src/host/domain';
import { uuid } from '../builders';
import { capture, versions, type Version } from '../captures';

const off = { state: 'shutoff', persistent: true } as const;
const dir = '/tmp/lcap/pool';
const hostile = `it's "q" & <é>   three  $(x) \${y}.qcow2`;

function read(version: Version, name: string): Domain {
  return parseDomain(capture(version, `domain/${name}.xml`), off);
}

for (const version of versions) {
  describe(`host/domain on libvirt ${version}`, () => {
    it('reads a template', () => {
      const domain = read(version, 'plantilla');
      assert.deepEqual(
        { ...domain, disks: domain.disks.map(({ target, source, device }) => [target, source, device]) },
        {
          uuid: uuid(1),
          name: 'plantilla',
          state: 'shutoff',
          persistent: true,
          runId: undefined,
          title: 'A title & more',
          type: 'qemu',
          memory: 64 * 2 ** 20,
          vcpus: 1,
          osinfo: 'http://debian.org/debian/11',
          disks: [
            ['vda', `${dir}/base.qcow2`, 'disk'],
            ['sda', undefined, 'cdrom'],
          ],
          interfaces: [{ type: 'user', source: undefined, model: 'virtio', mac: domain.interfaces[0]?.mac }],
          graphics: 'vnc',
          nvram: false,
          nvramFile: undefined,
          tpm: false,
          console: false,
          tpmStays: false,
          hostDevices: [],
          mark: { kind: 'template' },
          problem: undefined,
        },
      );
    });

    const marks: readonly [string, Mark | undefined][] = [
      ['clone', { kind: 'clone', of: uuid(1) }],
      ['other-prefix', { kind: 'template' }],
      ['default-namespace', { kind: 'clone', of: uuid(1) }],
      ['root-namespace', { kind: 'template' }],
      ['media', undefined],
      ['paused', undefined],
    ];
    for (const [name, mark] of marks) {
      it(`reads the mark of ${name}`, () => {
        assert.deepEqual(read(version, name).mark, mark);
      });
    }

    it('tells disks, media, shared and read-only disks apart', () => {
      const domain = read(version, 'media');
      assert.deepEqual(
        domain.disks.map(({ target, device, format, readonly, shareable, source }) => [
          target,
          device,
          format,
          readonly,
          shareable,
          source,
        ]),
        [
          ['vda', 'disk', 'raw', false, false, `${dir}/data.raw`],
          ['vdb', 'disk', 'qcow2', false, false, `${dir}/${hostile}`],
          ['vdc', 'disk', 'qcow2', true, false, `${dir}/on-raw.qcow2`],
          ['vdd', 'disk', 'raw', false, true, `${dir}/relative.qcow2`],
          ['sda', 'cdrom', 'raw', true, false, `${dir}/cd.iso`],
          ['fda', 'floppy', 'raw', false, false, undefined],
        ],
      );
      assert.deepEqual(
        writableDisks(domain).map(({ target }) => target),
        ['vda', 'vdb'],
      );
      assert.deepEqual([domain.vcpus, domain.memory], [4, 976563 * 1024]);
    });

    it('reads a disk that is given as a volume', () => {
      const [disk] = read(version, 'by-volume').disks;
      assert.deepEqual(
        [disk?.type, disk?.source, disk?.volume],
        ['volume', undefined, { pool: 'default', name: 'deep.qcow2' }],
      );
    });

    it('reads interfaces, network and block disks, a TPM', () => {
      const domain = read(version, 'devices');
      assert.deepEqual(
        domain.interfaces.map(({ type, source, model }) => ({ type, source, model })),
        [
          { type: 'network', source: 'default', model: 'virtio' },
          { type: 'bridge', source: 'br0', model: domain.interfaces[1]?.model },
          { type: 'direct', source: 'eth0', model: 'e1000' },
        ],
      );
      for (const { mac } of domain.interfaces) assert.match(mac ?? '', /^52:54:00(:[0-9a-f]{2}){3}$/);
      assert.deepEqual(
        domain.disks.map(({ type, source }) => [type, source]),
        [
          ['network', undefined],
          ['block', '/dev/vg/lv'],
        ],
      );
      assert.equal(domain.tpm, true);
    });

    it('sees UEFI variables, also where libvirt has not named their file yet', () => {
      assert.equal(read(version, 'uefi').nvram, true);
      assert.equal(read(version, 'media').nvram, false);
      const named = `<domain><name>a</name><os><nvram> /n/a_VARS.fd </nvram></os></domain>`;
      const sourced = `<domain><os><nvram type='file'><source file='/n/b'/></nvram></os></domain>`;
      const status = { state: 'shutoff', persistent: true } as const;
      assert.equal(parseDomain(named, status).nvramFile, '/n/a_VARS.fd');
      assert.equal(parseDomain(sourced, status).nvramFile, '/n/b');
    });

    it('sees whether the guest has an agent that is connected', () => {
      const agent = (target: string) =>
        parseDomain(
          `<domain><devices><channel type='unix'><target ${target}/></channel></devices></domain>`,
          {
            ...off,
            state: 'running',
          },
        ).agent;
      const name = "type='virtio' name='org.qemu.guest_agent.0'";
      assert.equal(agent(`${name} state='connected'`), true);
      assert.equal(agent(`${name} state='disconnected'`), undefined);
      assert.equal(agent(name), undefined);
      assert.equal(agent("type='virtio' name='com.redhat.spice.0' state='connected'"), undefined);
    });

    it('sees whether there is a console to connect to', () => {
      const consoles = (devices: string) =>
        parseDomain(`<domain><name>a</name><devices>${devices}</devices></domain>`, {
          state: 'running',
          persistent: true,
        }).console;
      assert.equal(consoles("<serial type='pty'/><console type='pty'/>"), true);
      assert.equal(consoles("<serial type='file'><source path='/tmp/log'/></serial>"), false);
    });

    it('sees a stated backing store', () => {
      assert.deepEqual(
        read(version, 'stated').disks.map(({ backingStated }) => backingStated),
        [true],
      );
      assert.deepEqual(
        read(version, 'clone').disks.map(({ backingStated }) => backingStated),
        [false],
      );
    });

    it('reads a domain that is paused, with the chain libvirt lists for it', () => {
      const xml = capture(version, 'domain/paused.xml');
      assert.match(xml, /<domain type='qemu' id='\d+'>/);
      const { disks, runId } = parseDomain(xml, { state: 'paused', persistent: true });
      assert.match(runId ?? '', /^\d+$/);
      const [disk, drive] = disks;
      assert.equal(disk?.source, `${dir}/paused.qcow2`);
      assert.equal(drive?.source, undefined);
    });

    it('keeps a hostile name as it is', () => {
      const domain = read(version, 'it_s__q___________x_');
      assert.equal(domain.name, `it's "q" & <é>  $(x)`);
      assert.equal(domain.disks[0]?.source, `${dir}/${hostile}`);
    });
  });
}

it('host/domain reads SPICE', () => {
  for (const version of ['7.0.0', '9.0.0'] as const) assert.equal(read(version, 'spice').graphics, 'spice');
});

describe('host/domain', () => {
  const ours = 'urn:linked-clones:libvirt:1';
  const marks: readonly [string, Mark | undefined][] = [
    [``, undefined],
    [`<template/>`, undefined],
    [`<x:template xmlns:x="urn:linked-clones:libvirt:2"/>`, undefined],
    [`<x:template xmlns:y="${ours}"/>`, undefined],
    [`<x:template xmlns:x="${ours}"/>`, { kind: 'template' }],
    [`<template xmlns="${ours}">text<a/></template>`, { kind: 'template' }],
    [`<other xmlns="urn:other"/><x:template xmlns:x='${ours}' unknown='1'/>`, { kind: 'template' }],
    [`<x:clone xmlns:x="${ours}"/>`, { kind: 'clone', of: undefined }],
    [
      `<x:clone xmlns:x="${ours}" template="abc" since="5"><base path="/a&amp;b" modified="1.25" capacity="9"/></x:clone>`,
      { kind: 'clone', of: 'abc', since: 5, bases: [{ path: '/a&b', modified: 1.25, capacity: 9 }] },
    ],
    [`<x:clone xmlns:x="${ours}" template="abc"/>`, { kind: 'clone', of: 'abc' }],
    [`<x:lineage xmlns:x="${ours}"/>`, undefined],
    [`<x:Template xmlns:x="${ours}"/>`, undefined],
    [`<o:wrapper xmlns:o="urn:other"><x:template xmlns:x="${ours}"/></o:wrapper>`, undefined],
    [`only text`, undefined],
  ];
  for (const [metadata, mark] of marks) {
    it(`finds ${mark?.kind ?? 'no mark'} in ${metadata || 'nothing'}`, () => {
      const xml = `<domain><name>a</name><metadata>${metadata}</metadata></domain>`;
      assert.deepEqual(parseDomain(xml, off).mark, mark);
    });
  }

  const loaders: readonly [string, boolean][] = [
    [`<os firmware='efi'/>`, true],
    [`<os firmware='bios'/>`, false],
    [`<os><nvram>/x</nvram></os>`, true],
    [`<os><loader type='pflash'>/x</loader></os>`, true],
    [`<os><loader type='rom'>/x</loader></os>`, false],
    [`<os><varstore path='/x'/></os>`, true],
    [`<os/>`, false],
  ];
  for (const [os, nvram] of loaders) {
    it(`${os} ${nvram ? 'keeps' : 'does not keep'} UEFI variables`, () => {
      assert.equal(parseDomain(`<domain>${os}</domain>`, off).nvram, nvram);
    });
  }

  it('sees encryption of a disk in both places where it may be said', () => {
    const xml = `<domain><devices>
      <disk><source file='/a'/><encryption format='luks'/></disk>
      <disk><source file='/b'><encryption format='luks'/></source></disk>
      <disk><source file='/c'/></disk></devices></domain>`;
    assert.deepEqual(
      parseDomain(xml, off).disks.map(({ encrypted }) => encrypted),
      [true, true, false],
    );
  });

  it('takes an empty backing store for none, wherever it ends a chain', () => {
    const stated = (backing: string) =>
      parseDomain(`<domain><devices><disk><source file='/a'/>${backing}</disk></devices></domain>`, off)
        .disks[0]?.backingStated;
    assert.equal(stated('<backingStore/>'), false);
    assert.equal(stated(`<backingStore type='file'><source file='/b'/><backingStore/></backingStore>`), true);
  });

  it('survives a definition with nothing in it', () => {
    const { name, uuid: id, disks, vcpus, mark } = parseDomain('<domain/>', off);
    assert.deepEqual([name, id, disks, vcpus, mark], ['', '', [], 1, undefined]);
  });

  for (const garbage of ['', 'error: failed to get domain', '<domain><name>a</name>']) {
    it(`refuses ${JSON.stringify(garbage)}`, () => {
      assert.throws(() => parseDomain(garbage, off));
    });
  }

  const activity: readonly [DomainState, boolean][] = [
    ['running', true],
    ['blocked', true],
    ['paused', true],
    ['shutdown', true],
    ['pmsuspended', true],
    ['shutoff', false],
    ['crashed', true],
    ['nostate', true],
  ];
  for (const [state, active] of activity) {
    it(`${state} ${active ? 'has' : 'has no'} process`, () => {
      assert.equal(isActive({ state }), active);
    });
  }

  it('takes a domain that cannot be read for no template', () => {
    const domain = unreadableDomain('u', 'n', off, 'why');
    assert.deepEqual([domain.name, domain.problem, domain.mark, domain.disks], ['n', 'why', undefined, []]);
  });

  it('knows the files beside its disks', () => {
    const xml = `<domain type='kvm'><name>a</name><os>
      <loader type='pflash'>/f/CODE.fd</loader><nvram template='/f/VARS.fd'>/n/a_VARS.fd</nvram>
      <kernel>/k/vmlinuz</kernel><initrd>/k/initrd</initrd></os><devices>
      <memory model='nvdimm'><source><path>/m/pmem</path></source></memory></devices></domain>`;
    const files = ['/f/CODE.fd', '/k/vmlinuz', '/k/initrd', '/n/a_VARS.fd', '/f/VARS.fd', '/m/pmem'];
    assert.deepEqual(parseDomain(xml, off).files, files);
    const source = `<domain type='kvm'><name>a</name><os><nvram type='file'><source file='/n/b.fd'/></nvram></os></domain>`;
    assert.deepEqual(parseDomain(source, off).files, ['/n/b.fd']);
  });
});
