import assert from 'node:assert/strict';
import { parseXml, type XmlElement } from '../../../src/host/xml';
import { carriedOver, miscountedDisks } from '../../../src/plan/carriedOver';
import { cloneDefinition, type CloneWish } from '../../../src/plan/cloneDefinition';
import { ownFile } from '../../../src/plan/definitionDevices';
import { identityOf } from '../../../src/plan/identity';
import { uuid } from '../builders';

const identity = () => identityOf('seed', 'web', new Set());

function clone(content: string, wish: Partial<CloneWish> = {}): XmlElement {
  const xml = `<domain type='kvm' id='3'><name>base</name><uuid>${uuid(1)}</uuid>${content}</domain>`;
  return parseXml(
    cloneDefinition(xml, {
      name: 'web & <co>',
      template: { name: 'base', uuid: uuid(1) },
      identity: identity(),
      overlays: new Map(),
      drives: 'keep',
      nvram: undefined,
      memory: undefined,
      vcpus: undefined,
      mac: undefined,
      ...wish,
    }),
  );
}

const device = (content: string, wish?: Partial<CloneWish>) =>
  clone(`<devices>${content}</devices>`, wish).first('devices')?.children[0];

/** Attributes as an object of the usual kind; the parser's have no prototype. */
function plain(attributes: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return { ...attributes };
}

describe('plan/cloneDefinition', () => {
  it('gives the clone its own name, UUIDs and mark, and nothing of the template’s title', () => {
    const marks = `<metadata xmlns:l="urn:linked-clones:libvirt:1"><l:template/><o:os xmlns:o="urn:o">x</o:os></metadata>`;
    const made = clone(
      `<genid>${uuid(7)}</genid><title>Base</title><description>Debian, with a &lt;web&gt; server</description>${marks}
       <sysinfo type='smbios'><system><entry name='uuid'>${uuid(1)}</entry><entry name='serial'>42</entry></system></sysinfo>`,
    );
    assert.equal(made.textOf('name'), 'web & <co>');
    assert.equal(made.textOf('uuid'), identity().uuid('domain'));
    assert.equal(made.attribute('id'), undefined);
    assert.equal(made.textOf('genid'), identity().uuid('genid'));
    assert.equal(made.first('title'), undefined);
    assert.equal(made.textOf('description'), 'Debian, with a <web> server');
    const entries = made
      .first('sysinfo', 'system')
      ?.all('entry')
      .map(({ text }) => text);
    assert.deepEqual(entries, [identity().uuid('domain'), '42']);
    assert.deepEqual(
      made.first('metadata')?.children.map(({ name, namespace }) => [name, namespace]),
      [
        ['o:os', 'urn:o'],
        ['linkedclones:clone', 'urn:linked-clones:libvirt:1'],
      ],
    );
    assert.equal(made.first('metadata', 'linkedclones:clone')?.attribute('template'), uuid(1));
  });

  it('puts overlays in the place of disks of any kind, by path and as qcow2', () => {
    const disks = `
      <disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' discard='unmap'/>
        <source file='/p/a.img' startupPolicy='optional' index='1'><seclabel model='dac' relabel='no'/><slices/></source>
        <backingStore type='file'><format type='raw'/><source file='/p/b'/></backingStore>
        <target dev='vda' bus='virtio'/><serial>s</serial><boot order='1'/></disk>
      <disk type='volume' device='disk'><source pool='p' volume='v' mode='host'/><target dev='vdb'/></disk>
      <disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/x'/><target dev='sda'/><shareable/></disk>`;
    const overlays = new Map([
      ['vda', '/p/web "a".qcow2'],
      ['vdb', '/p/web-vdb.qcow2'],
    ]);
    const made = clone(`<devices>${disks}</devices>`, { overlays }).first('devices')?.all('disk') ?? [];
    const [first, second, third] = made;
    assert.deepEqual(plain(first?.first('driver')?.attributes), {
      name: 'qemu',
      type: 'qcow2',
      cache: 'none',
      discard: 'unmap',
    });
    assert.deepEqual(plain(first?.first('source')?.attributes), {
      file: '/p/web "a".qcow2',
      startupPolicy: 'optional',
    });
    assert.deepEqual(
      first?.first('source')?.children.map(({ name }) => name),
      ['seclabel'],
    );
    assert.deepEqual(
      first.children.map(({ name }) => name),
      ['driver', 'source', 'target', 'serial', 'boot'],
    );
    assert.deepEqual(
      [
        second?.attribute('type'),
        plain(second?.first('driver')?.attributes),
        plain(second?.first('source')?.attributes),
      ],
      ['file', { name: 'qemu', type: 'qcow2' }, { file: '/p/web-vdb.qcow2' }],
    );
    assert.equal(third?.first('source')?.attribute('dev'), '/dev/x', 'a disk that is shared stays');
  });

  it('empties, drops or keeps what is in the drives', () => {
    const cdrom = `<disk type='block' device='cdrom'><source dev='/dev/sr0'/><target dev='sda'/></disk>`;
    const empty = device(cdrom, { drives: 'empty' });
    assert.deepEqual([empty?.attribute('type'), empty?.first('source')], ['file', undefined]);
    assert.equal(device(cdrom, { drives: 'drop' }), undefined);
    assert.equal(device(cdrom, { drives: 'keep' })?.first('source')?.attribute('dev'), '/dev/sr0');
  });

  it('gives each interface an address, and ports of switches other ids', () => {
    const port = `<virtualport type='openvswitch'><parameters interfaceid='${uuid(5)}' profileid='x'/></virtualport>`;
    const nics = `<interface type='bridge'><mac address='52:54:00:00:00:01'/><target dev='tap7'/>${port}</interface><interface type='user'/>`;
    const made = clone(`<devices>${nics}</devices>`).first('devices')?.all('interface') ?? [];
    const macs = made.map((nic) => nic.first('mac')?.attribute('address'));
    assert.deepEqual(macs, [identity().mac('interface 0'), identity().mac('interface 1')]);
    assert.equal(made[0]?.first('target')?.attribute('dev'), undefined);
    assert.deepEqual(plain(made[0]?.first('virtualport', 'parameters')?.attributes), {
      interfaceid: identity().uuid('interface 0 interfaceid'),
      profileid: 'x',
    });
    const chosen = device(nics, { mac: '52:54:00:aa:bb:cc' });
    assert.equal(chosen?.first('mac')?.attribute('address'), '52:54:00:aa:bb:cc');
  });

  const screens: readonly [string, Record<string, string>][] = [
    [`<graphics type='vnc' port='5901' autoport='no'/>`, { type: 'vnc', port: '-1', autoport: 'yes' }],
    [`<graphics type='vnc' port='-1' autoport='yes'/>`, { type: 'vnc', port: '-1', autoport: 'yes' }],
    [`<graphics type='spice' tlsPort='5902'/>`, { type: 'spice', port: '-1', autoport: 'yes' }],
    [`<graphics type='vnc' websocket='5700'/>`, { type: 'vnc', websocket: '-1' }],
    [`<graphics type='vnc' socket='/run/x'/>`, { type: 'vnc' }],
    [
      `<graphics type='vnc' port='5901' passwd='a&amp;b'/>`,
      { type: 'vnc', port: '-1', passwd: 'a&b', autoport: 'yes' },
    ],
  ];
  for (const [given, expected] of screens) {
    it(`makes of ${given} a screen with no place of its own`, () => {
      assert.deepEqual(plain(device(given)?.attributes), expected);
    });
  }

  const lines: readonly [string, string | undefined][] = [
    [`<serial type='file'><source path='/log/base.log'/></serial>`, '/log/web & <co>.log'],
    [`<serial type='file'><source path='/log/x.log'/></serial>`, '/log/x-web & <co>.log'],
    [`<serial type='unix'><source mode='bind' path='/s/sock'/></serial>`, '/s/sock-web & <co>'],
    [`<serial type='unix'><source mode='connect' path='/s/sock'/></serial>`, '/s/sock'],
    [`<channel type='unix'><source mode='bind' path='/s/base.agent'/></channel>`, undefined],
    [`<serial type='dev'><source path='/dev/ttyS0'/></serial>`, '/dev/ttyS0'],
    [`<redirdev bus='usb' type='unix'><source mode='bind' path='/s/base'/></redirdev>`, '/s/web & <co>'],
    [
      `<smartcard mode='passthrough' type='unix'><source mode='bind' path='/s/base'/></smartcard>`,
      '/s/web & <co>',
    ],
    [
      `<interface type='vhostuser'><source type='unix' path='/s/base' mode='server'/></interface>`,
      '/s/web & <co>',
    ],
    [`<interface type='vhostuser'><source type='unix' path='/s/port' mode='client'/></interface>`, '/s/port'],
  ];
  for (const [given, path] of lines) {
    it(`makes of ${given} a line of its own where it can`, () => {
      assert.equal(device(given)?.first('source')?.attribute('path'), path);
    });
  }

  it('gives a source of randomness that is asked over a socket one of its own', () => {
    const egd = `<rng model='virtio'><backend model='egd' type='unix'><source mode='bind' path='/s/base'/></backend></rng>`;
    assert.equal(device(egd)?.first('backend', 'source')?.attribute('path'), '/s/web & <co>');
  });

  it('gives logs and TPM states files of their own, and lets the host choose a vsock address', () => {
    const log = device(`<console type='pty'><log file='/log/base.log' append='on'/></console>`);
    assert.equal(log?.first('log')?.attribute('file'), '/log/web & <co>.log');
    const tpm = device(`<tpm><backend type='emulator'><source type='file' path='/t/base'/></backend></tpm>`);
    assert.equal(tpm?.first('backend', 'source')?.attribute('path'), '/t/web & <co>');
    const vsock = device(`<vsock model='virtio'><cid auto='no' address='3'/></vsock>`);
    assert.deepEqual(plain(vsock?.first('cid')?.attributes), { auto: 'yes' });
  });

  it('names the file of its UEFI variables where the template names one', () => {
    const nvram = '/n/web_VARS.fd';
    const os = (content: string) => clone(`<os>${content}</os>`, { nvram }).first('os');
    assert.equal(os(`<nvram template='/t'>/n/base_VARS.fd</nvram>`)?.textOf('nvram'), nvram);
    assert.equal(os(`<nvram template='/t'/>`)?.textOf('nvram'), nvram);
    const typed = os(`<nvram type='file'><source file='/n/base'/></nvram>`);
    assert.equal(typed?.first('nvram', 'source')?.attribute('file'), nvram);
    assert.equal(os(`<varstore template='/t' path='/n/b'/>`)?.first('varstore')?.attribute('path'), nvram);
    assert.equal(os('<boot dev="hd"/>')?.first('nvram'), undefined);
  });

  it('changes memory and vCPUs where that is wished for, and what depends on their number', () => {
    const content = `<memory unit='GiB'>1</memory><currentMemory unit='KiB'>5</currentMemory><vcpu placement='static' current='1'>2</vcpu><cpu mode='host-model'><topology sockets='1' cores='2' threads='1'/></cpu>`;
    const same = clone(content);
    assert.deepEqual([same.textOf('memory'), same.textOf('vcpu')], ['1', '2']);
    assert.ok(same.first('cpu', 'topology'));
    const made = clone(content, { memory: 3 * 2 ** 20, vcpus: 4 });
    assert.deepEqual(
      [made.textOf('memory'), made.first('memory')?.attribute('unit'), made.textOf('currentMemory')],
      ['3072', 'KiB', '3072'],
    );
    assert.deepEqual(
      [made.textOf('vcpu'), plain(made.first('vcpu')?.attributes)],
      ['4', { placement: 'static' }],
    );
    assert.equal(made.first('cpu', 'topology'), undefined);
  });

  it('changes nothing else', () => {
    const content = `<memoryBacking><hugepages/></memoryBacking><os><type>hvm</type><boot dev='hd'/></os><devices><hostdev mode='subsystem' type='pci'><source><address domain='0x0000'/></source></hostdev><memballoon model='none'/></devices><qemu:commandline xmlns:qemu='urn:q'><qemu:arg value='-x'/></qemu:commandline>`;
    const text = cloneDefinition(`<domain type="kvm"><name>base</name><uuid>u</uuid>${content}</domain>`, {
      name: 'base',
      template: { name: 'base', uuid: uuid(1) },
      identity: identity(),
      overlays: new Map(),
      drives: 'keep',
      nvram: undefined,
      memory: undefined,
      vcpus: undefined,
      mac: undefined,
    });
    const mark = `<metadata><linkedclones:clone xmlns:linkedclones="urn:linked-clones:libvirt:1" template="${uuid(1)}"/></metadata>`;
    const expected = `<domain type="kvm"><name>base</name><uuid>${identity().uuid('domain')}</uuid>${mark}${content}</domain>\n`;
    assert.equal(text, expected.replaceAll("'", '"'));
  });
});

describe('plan/carriedOver', () => {
  const findings: readonly [string, RegExp | undefined][] = [
    [`<disk><source file='/a'/><backingStore><source file='/b'/></backingStore></disk>`, /backing store/],
    [`<disk><source file='/a'/><backingStore/></disk>`, undefined],
    [`<interface><virtualport><parameters interfaceid='x'/></virtualport></interface>`, /switch/],
    [`<interface><virtualport><parameters profileid='x'/></virtualport></interface>`, undefined],
    [`<graphics type='vnc' port='5901'/>`, undefined],
    [`<graphics type='spice' port='5901' tlsPort='5902'/>`, /screen/],
    [`<graphics type='vnc'><listen type='socket' socket='/x'/></graphics>`, /screen/],
    [`<serial type='file'><source path='/x'/></serial>`, /serial/],
    [`<serial type='pty'><log file='/x'/></serial>`, /serial/],
    [`<serial type='pty'/>`, undefined],
    [
      `<channel type='unix'><source mode='bind' path='/x/agent.0'/><target name='agent.0'/></channel>`,
      undefined,
    ],
    [`<channel type='unix'><source mode='bind' path='/x'/><target name='agent.0'/></channel>`, /serial/],
    [
      `<interface type='vhostuser'><source type='unix' path='/x' mode='server'/></interface>`,
      /socket of a net/,
    ],
    [`<interface type='vhostuser'><source type='unix' path='/x' mode='client'/></interface>`, undefined],
    [`<redirdev type='unix'><source mode='bind' path='/x'/></redirdev>`, /serial/],
    [`<redirdev bus='usb' type='spicevmc'/>`, undefined],
    [`<smartcard type='unix'><source mode='bind' path='/x'/></smartcard>`, /serial/],
    [`<rng><backend model='egd' type='unix'><source mode='bind' path='/x'/></backend></rng>`, /serial/],
    [`<rng><backend model='random'>/dev/urandom</backend></rng>`, undefined],
    [`<vsock><cid auto='no' address='3'/></vsock>`, /vsock/],
    [`<vsock><cid auto='yes'/></vsock>`, undefined],
  ];
  for (const [content, words] of findings) {
    it(`${words === undefined ? 'lets' : 'notices'} ${content}`, () => {
      const found = carriedOver(`<domain><devices>${content}</devices></domain>`).join();
      if (words === undefined) assert.equal(found, '');
      else assert.match(found, words);
    });
  }

  it('notices a UUID in the SMBIOS, and nothing else of that', () => {
    const system = (name: string) =>
      `<domain><sysinfo type='smbios'><system><entry name='${name}'>x</entry></system></sysinfo></domain>`;
    assert.match(carriedOver(system('uuid')).join(), /SMBIOS/);
    assert.deepEqual(carriedOver(system('serial')), []);
  });

  it('notices a generation id', () => {
    assert.match(carriedOver(`<domain><genid>${uuid(1)}</genid></domain>`).join(), /generation/);
  });
});

describe('plan/carriedOver: disks that virt-clone counts otherwise', () => {
  const counted: readonly [string, boolean][] = [
    [`<disk><source file='/a'/>`, true],
    [`<disk device='disk'><source file='/a'/><readonly/>`, true],
    [`<disk device='disk'><source file='/a'/><shareable/>`, true],
    [`<disk device='cdrom'><source file='/a'/><readonly/>`, true],
    [`<disk device='floppy'>`, true],
    [`<disk device='floppy'><source file='/a'/><readonly/>`, true],
    [`<disk device='floppy'><source file='/a'/>`, false],
    [`<disk device='floppy' type='volume'><source pool='p' volume='v'/>`, false],
    [`<disk device='disk'><source file='/a'/><transient/>`, true],
    [`<disk device='disk'><source file='/a'/><transient shareBacking='yes'/>`, false],
  ];
  for (const [content, right] of counted) {
    it(`${right ? 'lets' : 'notices'} ${content}`, () => {
      const disk = `${content}<target dev='fda'/></disk>`;
      assert.deepEqual(miscountedDisks(`<domain><devices>${disk}</devices></domain>`), right ? [] : ['fda']);
    });
  }
});

describe('plan/definitionDevices', () => {
  it('names a file after the clone, in its directory and with its ending', () => {
    assert.equal(ownFile('/a.b/base/base-1.log', 'base', 'web'), '/a.b/base/web-1.log');
    assert.equal(ownFile('/log/serial', 'base', '$&'), '/log/serial-$&');
    assert.equal(ownFile('/log/base.log', 'base', '$&'), '/log/$&.log');
  });
});
