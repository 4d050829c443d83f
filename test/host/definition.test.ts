import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseXml, type XmlElement } from '../../src/host/xml';
import { linkedClone } from '../../src/plan/linkedClone';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

/** A template: what its definition has beyond one disk, and in which places its two clones may differ, by name. */
interface Template {
  readonly name: string;
  readonly content?: string;
  readonly devices?: string;
  readonly os?: string;
  /** The first disk, where it is not a qcow2 file. */
  readonly disk?: string;
  readonly overlays?: readonly string[];
  readonly differences?: readonly string[];
}

// What virt-clone does wrong or leaves to collide (HAZARDS 27, 31; virtinst 4.1), and where that shows.
const reasons: Readonly<Record<string, RegExp>> = {
  identity: /^(name|uuid|devices\/interface\[\d+\]\/mac\[0\]@address)$/,
  mark: /^metadata\[0\]\/clone/,
  'the mark of the template': /^metadata\[0\]\/template/,
  'driver of a raw base': /^devices\/disk\[\d+\]\/driver\[0\]@type$/,
  'stated backing store': /^devices\/disk\[\d+\]\/backingStore/,
  'generation id': /^genid$/,
  'sysinfo uuid': /^sysinfo\[0\]\/system\[0\]\/entry\[\d+\]$/,
  'files of serial lines': /^devices\/(serial|console)\[\d+\]\/(source\[0\]@path|log\[0\]@file)$/,
  sockets: /^devices\/(interface|redirdev|rng)\[\d+\](\/backend\[0\])?\/source\[0\]@path$/,
  'fixed places of screens': /^devices\/graphics\[\d+\](@(websocket|autoport|port)|\/listen\[0\]@socket)$/,
  'vsock address': /^devices\/vsock\[0\]\/cid\[0\]@(auto|address)$/,
  'id of a switch port': /^devices\/interface\[\d+\]\/virtualport\[0\]\/parameters\[0\]@interfaceid$/,
  'UEFI variables': /^os\/nvram\[0\]$/,
};

describe('a definition made here', () => {
  let lab: Lab;
  let host: LabHost;
  let iso: string;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    for (const name of ['base.qcow2', 'second.qcow2'])
      await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', path.join(lab.poolDir, name), '8M');
    await lab.run('qemu-img', 'create', '-q', '-f', 'raw', path.join(lab.poolDir, 'base.img'), '8M');
    const media = path.join(lab.dir, 'media');
    await mkdir(media);
    iso = path.join(media, 'x.iso');
    await writeFile(iso, 'media');
    await lab.virsh('pool-refresh', 'default');
  });
  after(() => lab.dispose());

  const uefi = `<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>`;
  const mark = `<l:template xmlns:l='urn:linked-clones:libvirt:1'/><o:note xmlns:o='urn:o'>kept</o:note>`;
  const templates: readonly Template[] = [
    { name: 'bios' },
    {
      name: 'metadata',
      content: `<title>T</title><description>D &amp; d</description><metadata>${mark}</metadata>`,
      differences: ['the mark of the template'],
    },
    { name: 'uefi', os: `${uefi}<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'/>` },
    { name: 'uefi-own', os: `${uefi}<nvram>POOL/base_VARS.fd</nvram>` },
    {
      name: 'two-disks',
      devices: `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='POOL/second.qcow2'/><target dev='sdb' bus='scsi'/><serial>s2</serial></disk>`,
      overlays: ['vda', 'sdb'],
    },
    {
      name: 'cdrom-empty',
      devices: `<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>`,
    },
    {
      name: 'cdrom-media',
      devices: `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='ISO'/><target dev='sda' bus='sata'/><readonly/></disk>`,
    },
    {
      name: 'shared',
      devices: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='POOL/base.img'/><target dev='vdb'/><shareable/></disk><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='POOL/second.qcow2'/><target dev='vdc'/><readonly/></disk>`,
    },
    {
      name: 'raw',
      disk: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='POOL/base.img'/><target dev='vda' bus='virtio'/></disk>`,
      differences: ['driver of a raw base'],
    },
    {
      name: 'volume',
      disk: `<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='default' volume='base.qcow2'/><target dev='vda' bus='virtio'/></disk>`,
    },
    {
      name: 'backing-store',
      disk: `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='POOL/base.qcow2'/><backingStore type='file'><format type='raw'/><source file='POOL/base.img'/></backingStore><target dev='vda' bus='virtio'/></disk>`,
      differences: ['stated backing store'],
    },
    {
      name: 'screens',
      devices: `<graphics type='vnc' port='5999' autoport='no' websocket='5700' passwd='a&amp;b'/><graphics type='spice' port='5998' autoport='no'><listen type='address' address='127.0.0.1'/></graphics>`,
      differences: ['fixed places of screens'],
    },
    { name: 'vnc', devices: `<graphics type='vnc' autoport='yes'/>` },
    {
      name: 'spice',
      devices: `<graphics type='spice' autoport='yes'/><channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel><video><model type='qxl'/></video>`,
    },
    {
      name: 'channels',
      devices: `<channel type='unix'><source mode='bind' path='DIR/org.qemu.guest_agent.0'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel><channel type='unix'><target type='virtio' name='other.0'/></channel>`,
    },
    {
      name: 'serial-file',
      devices: `<serial type='file'><source path='DIR/serial-file.log'/><target port='0'/></serial><serial type='pty'><log file='DIR/pty.log'/><target port='1'/></serial>`,
      differences: ['files of serial lines'],
    },
    {
      name: 'ids',
      content: `<genid>11111111-2222-4333-8444-555555555555</genid><sysinfo type='smbios'><system><entry name='serial'>1</entry></system></sysinfo>`,
      devices: `<vsock model='virtio'><cid auto='no' address='33'/></vsock>`,
      differences: ['generation id', 'vsock address'],
    },
    {
      name: 'network',
      devices: `<interface type='bridge'><source bridge='br0'/><virtualport type='openvswitch'><parameters interfaceid='11111111-2222-4333-8444-555555555555'/></virtualport><model type='virtio'/><boot order='2'/></interface><interface type='user'/>`,
      differences: ['id of a switch port'],
    },
    {
      name: 'sockets',
      content: `<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>`,
      devices: `<interface type='vhostuser'><source type='unix' path='DIR/port' mode='client'/><model type='virtio'/></interface><interface type='vhostuser'><source type='unix' path='DIR/nic' mode='server'/><model type='virtio'/></interface><redirdev bus='usb' type='unix'><source mode='bind' path='DIR/usb'/></redirdev><rng model='virtio'><backend model='egd' type='unix'><source mode='bind' path='DIR/egd'/></backend></rng>`,
      differences: ['sockets'],
    },
    {
      name: 'hugepages',
      content: `<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking><cputune><shares>99</shares></cputune>`,
    },
    {
      name: 'host-devices',
      devices: `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x7f' slot='0x01' function='0x0'/></source></hostdev><hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev><filesystem type='mount' accessmode='mapped'><source dir='DIR'/><target dir='t'/></filesystem>`,
    },
  ];

  for (const template of templates) {
    it(`is what virt-clone makes of the template ${template.name}, but for ${['identities', ...(template.differences ?? [])].join(', ')}`, async () => {
      await define(template);
      const ours = await byDefine(template.name);
      const theirs = await byVirtClone(template);
      const found = differences(ours, theirs);
      const named = found.map((place) => [place, reasonOf(place) ?? 'NOT ALLOWED'] as const);
      const expected = new Set(['identity', 'mark', ...(template.differences ?? [])]);
      const unexpected = named.filter(([, reason]) => !expected.has(reason));
      assert.deepEqual(
        unexpected,
        [],
        `ours: ${shown(ours, unexpected)} theirs: ${shown(theirs, unexpected)}`,
      );
      assert.deepEqual(
        new Set(named.map(([, reason]) => reason)),
        expected,
        'each difference is still there',
      );
    });
  }

  async function define({ name, content = '', devices = '', os = '', disk }: Template): Promise<void> {
    const first =
      disk ??
      `<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='POOL/base.qcow2'/><target dev='vda' bus='virtio'/><boot order='1'/></disk>`;
    const nic = `<interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>`;
    const xml =
      `<domain type='qemu'><name>${name}</name>${content}<memory unit='MiB'>64</memory><vcpu>1</vcpu>
      <os><type arch='x86_64' machine='q35'>hvm</type>${os}</os><features><acpi/></features>
      <devices>${first}${nic}${devices}<memballoon model='none'/></devices></domain>`
        .replaceAll('POOL', lab.poolDir)
        .replaceAll('ISO', iso)
        .replaceAll('DIR', lab.dir);
    const file = path.join(lab.dir, `${name}.xml`);
    await writeFile(file, xml);
    await lab.virsh('define', file);
  }

  async function byDefine(template: string): Promise<Map<string, string>> {
    const lineage = await host.lineage();
    const name = `${template}-clone`;
    const answers = await host.answers(template, lineage, { name, method: 'define', drives: 'keep' });
    await host.run(linkedClone(answers, lineage));
    return definitionOf(name);
  }

  /** By virt-clone as it is, without what the plan does before and after. */
  async function byVirtClone({ name, overlays = ['vda'] }: Template): Promise<Map<string, string>> {
    const files = overlays.map((target) => path.join(lab.poolDir, `${name}-clone-${target}.vc`));
    for (const file of files) await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', file, '8M');
    await lab.virsh('pool-refresh', 'default');
    await lab.virsh('undefine', `${name}-clone`, '--keep-nvram');
    await lab.run(
      'virt-clone',
      ...['--original', name, '--name', `${name}-clone`, '--preserve-data'],
      ...files.flatMap((file) => ['--file', file]),
    );
    const made = await definitionOf(`${name}-clone`);
    for (const domain of [name, `${name}-clone`]) await lab.virsh('undefine', domain, '--keep-nvram');
    for (const file of files) await rm(file);
    return made;
  }

  /** Each attribute and text of a definition by its place; the images by their target, since both have their own. */
  async function definitionOf(name: string): Promise<Map<string, string>> {
    const xml = await lab.virsh('dumpxml', '--inactive', '--security-info', name);
    const places = new Map<string, string>();
    collect(parseXml(xml), '', places);
    for (const [place, value] of places) {
      const image = value.replace(/-clone(-(vda|sdb))?\.(vc|qcow2)$/, '-IMAGE');
      places.set(place, place.endsWith('@file') ? image : value);
    }
    return places;
  }
});

function collect(element: XmlElement, place: string, places: Map<string, string>): void {
  for (const [name, value] of Object.entries(element.attributes))
    if (!name.startsWith('xmlns')) places.set(`${place}@${name}`, value);
  if (element.children.length === 0) places.set(place, element.text);
  const counts = new Map<string, number>();
  for (const child of element.children) {
    const name = child.name.slice(child.name.indexOf(':') + 1);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    const single = ['os', 'devices'].includes(name) || (place === '' && child.children.length === 0);
    const step = single ? name : `${name}[${count}]`;
    collect(child, place === '' ? step : `${place}/${step}`, places);
  }
}

function differences(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (place) => one.get(place) !== other.get(place),
  );
}

function reasonOf(place: string): string | undefined {
  return Object.entries(reasons).find(([, pattern]) => pattern.test(place))?.[0];
}

function shown(places: ReadonlyMap<string, string>, which: readonly (readonly [string, string])[]): string {
  return JSON.stringify(which.map(([place]) => places.get(place) ?? null));
}
