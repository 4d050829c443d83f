/** What a lab's machine is made of. */
export interface MachineOptions {
  /** Image to copy; the guest image when not given. */
  readonly image?: string;
  /** Format in the pool; `qcow2` when not given. */
  readonly format?: 'qcow2' | 'raw';
  /** File name of the volume; the machine's name and the format's ending when not given. */
  readonly volume?: string;
  /** Name of a pool of the lab; `default` when not given. */
  readonly pool?: string;
  /** MiB; 160 when not given. */
  readonly memory?: number;
  /** libosinfo's id in the domain's metadata; `undefined` for Debian 11, the newest that Debian 12 knows, '' for none. */
  readonly osId?: string;
  /** Its `<graphics>` and what belongs to them, as XML; without them it has no screen. */
  readonly graphics?: string;
  /** Its `<interface>`s as XML; QEMU's own user network when not given. */
  readonly interfaces?: string;
}

/** A domain as a lab defines it: emulated, a virtio disk, a user network, a serial console on a pty. */
export function domainXml(name: string, uuid: string, diskPath: string, options: MachineOptions): string {
  const osId = options.osId ?? 'http://debian.org/debian/11';
  const osinfo = 'http://libosinfo.org/xmlns/libvirt/domain/1.0';
  const metadata = `<metadata>
    <libosinfo:libosinfo xmlns:libosinfo="${osinfo}"><libosinfo:os id="${escapeXml(osId)}"/></libosinfo:libosinfo>
  </metadata>`;
  return `<domain type='qemu'>
  <name>${escapeXml(name)}</name>
  <uuid>${uuid}</uuid>
  ${osId === '' ? '' : metadata}
  <memory unit='MiB'>${options.memory ?? 160}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='${options.format ?? 'qcow2'}'/>
      <source file='${escapeXml(diskPath)}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='none'/>
    ${options.interfaces ?? `<interface type='user'><model type='virtio'/></interface>`}
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <memballoon model='none'/>
    ${options.graphics === undefined ? '' : `${options.graphics}<video><model type='vga'/></video>`}
  </devices>
</domain>
`;
}

/** Text as it stands in XML, in an attribute or between elements. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>'"\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
