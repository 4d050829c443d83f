import { bytesOf } from './size';
import { parseXmlOf, type XmlElement } from './xml';

/** libvirt's domain states, in the order of virDomainState (the numbers `domstats --state` prints). */
export const domainStates = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;
export type DomainState = (typeof domainStates)[number];

/** A disk of a domain. */
export interface Disk {
  /** The name in the guest's definition: `vda`. */
  readonly target: string;
  readonly bus: string | undefined;
  readonly device: string;
  /** How the source is given: `file`, `block`, `volume`, `network`… */
  readonly type: string;
  /** The path of the image, for disks given as file or block device; undefined for an empty drive. */
  readonly source: string | undefined;
  /** Pool and volume name, for disks given as a volume. */
  readonly volume: { readonly pool: string; readonly name: string } | undefined;
  readonly format: string | undefined;
  readonly readonly: boolean;
  readonly shareable: boolean;
  readonly encrypted: boolean;
  /** Whether the XML itself says what the image stands on, which virt-clone would carry over (HAZARDS 31). */
  readonly backingStated: boolean;
  /** Whether the guest sees only a part of the image. */
  readonly sliced?: boolean;
}

/** A network interface of a domain: where it is plugged in, as virt-install's --network would say it. */
export interface Interface {
  readonly type: string;
  readonly source: string | undefined;
  readonly model: string | undefined;
  readonly mac?: string;
}

/** What the extension's own mark in the metadata says. */
export type Mark =
  | {
      readonly kind: 'template';
      /** What it was called before it became a template. */
      readonly name?: string;
      /** The permission bits that its images had before, by their paths. */
      readonly modes?: ReadonlyMap<string, number>;
      /** Whether it was started with its host before. */
      readonly autostart?: boolean;
      /** As of a clone, which it was before. */
      readonly seed?: string;
    }
  | {
      readonly kind: 'clone';
      readonly of: string | undefined;
      /** Since when it stands on its present base, in seconds since 1970, where that is newer than its overlays. */
      readonly since?: number;
      /** What its bases were when it was put on them, to know them again. */
      readonly bases?: readonly BaseRecord[];
      /** The volume that cloud-init takes its identity from: the clone's own, and deleted with it. */
      readonly seed?: string;
    };

/** An image as it was when a clone was put on it. */
export interface BaseRecord {
  readonly path: string;
  /** When it had last been written to, in seconds since 1970. */
  readonly modified: number;
  /** Bytes. */
  readonly capacity: number;
}

/** What a domain keeps beside its definition. */
export interface Baggage {
  readonly autostart: boolean;
  /** Whether its memory was saved when it was switched off, to go on from there. */
  readonly managedSave: boolean;
  readonly checkpoints: boolean;
  readonly snapshots: readonly Snapshot[];
}

/** A snapshot of a domain, and the images it needs: those the domain had then, and those it made. */
export interface Snapshot {
  readonly name: string;
  readonly images: readonly string[];
  /** Why these are not known, where that is so. */
  readonly problem?: string;
  /** Of these the disks that the guest could write to: what it only read is not the domain's own. */
  readonly written?: readonly string[];
  /** Of these the images that keep the snapshot in themselves. */
  readonly inside?: readonly string[];
  /** The snapshot it was made after, in libvirt's own tree. */
  readonly parent?: string;
  /** Whether it is the one that the domain was last at. */
  readonly current?: boolean;
  readonly description?: string;
  /** Seconds since 1970. */
  readonly created?: number;
  /** What the domain did then, in libvirt's word; `disk-snapshot` where nobody asked. */
  readonly state?: string;
  /** Where its memory is, if it was kept: in the image, or in a file. */
  readonly memory?: { readonly file: string | undefined };
  /** The overlays that it made, on which the domain went on; none for one that lies in the images. */
  readonly made?: readonly string[];
}

/** A domain (virtual machine) as its definition says it. */
export interface Domain {
  readonly uuid: string;
  readonly name: string;
  readonly state: DomainState;
  /** False for a domain that vanishes when it is switched off. */
  readonly persistent: boolean;
  /** libvirt's number of its present run: another one after each start; undefined while it is off. */
  readonly runId?: string | undefined;
  readonly title: string | undefined;
  /** The hypervisor: `kvm` or `qemu`. */
  readonly type: string;
  /** Bytes. */
  readonly memory: number;
  readonly vcpus: number;
  /** The operating system's id in libosinfo, as virt-install and GNOME Boxes record it. */
  readonly osinfo: string | undefined;
  readonly disks: readonly Disk[];
  /** The disks it will have after the next start, where it runs: they are its own too. */
  readonly nextDisks?: readonly Disk[];
  readonly interfaces: readonly Interface[];
  /** How its screen is shown: `vnc`, `spice`…; undefined where it has none. */
  readonly graphics: string | undefined;
  /** Whether it keeps UEFI variables in a file of its own, which a clone would have to copy. */
  readonly nvram: boolean;
  /** That file, where the definition names it. */
  readonly nvramFile?: string | undefined;
  readonly tpm: boolean;
  /** Files beside its disks that it starts from or writes to: firmware and its variables, a kernel, persistent memory. */
  readonly files?: readonly string[];
  /** Whether `virsh console` has something to connect to. */
  readonly console: boolean;
  /** The file in which libvirt keeps what it says on its serial line, where it is asked to. */
  readonly bootLog?: string;
  /** Whether the agent in its guest is connected: then the guest can be asked by it. */
  readonly agent?: boolean;
  /** Whether it has a vsock: a way to its guest that needs no network. */
  readonly vsock?: boolean;
  /** Whether what its TPM keeps stays when it is undefined, unless asked for. */
  readonly tpmStays?: boolean;
  /** Devices of the host that it has for itself: `pci`, `usb`… */
  readonly hostDevices?: readonly string[];
  readonly baggage?: Baggage;
  readonly mark: Mark | undefined;
  readonly problem: string | undefined;
}

/** The namespace of the extension's marks in a domain's metadata. */
export const markNamespace = 'urn:linked-clones:libvirt:1';

const libosinfoNamespace = 'http://libosinfo.org/xmlns/libvirt/domain/1.0';

/** What the definition of a domain does not say about it. */
export type DomainStatus = Pick<Domain, 'state' | 'persistent'>;

/**
 * Reads what `virsh dumpxml` prints; the status comes from elsewhere.
 * @throws Error if the text is not a domain's XML
 */
export function parseDomain(xml: string, status: DomainStatus): Domain {
  const root = parseXmlOf('domain', xml);
  const devices = root.first('devices');
  return {
    uuid: root.textOf('uuid') ?? '',
    name: root.textOf('name') ?? '',
    ...status,
    runId: root.attribute('id'),
    title: root.textOf('title'),
    type: root.attribute('type') ?? 'qemu',
    memory: bytesOf(root.first('memory'), 'KiB'),
    vcpus: Number(root.textOf('vcpu') ?? 1),
    osinfo: inNamespace(root.first('metadata'), libosinfoNamespace)?.children[0]?.attribute('id'),
    disks: devices?.all('disk').map(parseDisk) ?? [],
    interfaces: devices?.all('interface').map(parseInterface) ?? [],
    graphics: devices?.first('graphics')?.attribute('type'),
    nvram: usesNvram(root.first('os')),
    nvramFile: nvramFile(root.first('os', 'nvram')),
    ...filesOf(root),
    tpm: devices?.first('tpm') !== undefined,
    // libvirt opens a console of type pty alone (virDomainOpenConsole).
    console: [...(devices?.all('console') ?? []), ...(devices?.all('serial') ?? [])].some(
      (device) => device.attribute('type') === 'pty',
    ),
    ...bootLogOf(devices),
    ...(devices?.first('vsock') === undefined ? {} : { vsock: true }),
    ...(hasAgent(devices) ? { agent: true } : {}),
    tpmStays: devices?.first('tpm', 'backend')?.attribute('persistent_state') === 'yes',
    hostDevices: devices?.all('hostdev').map((device) => device.attribute('type') ?? '?') ?? [],
    mark: parseMark(inNamespace(root.first('metadata'), markNamespace)),
    problem: undefined,
  };
}

/** A domain whose definition has not been read yet: its name and state are all that is known. */
export function pendingDomain({
  uuid,
  name,
  ...status
}: DomainStatus & Pick<Domain, 'uuid' | 'name'>): Domain {
  return { ...unreadableDomain(uuid, name, status, ''), problem: undefined };
}

/** A domain whose definition could not be read: its node says so, and it is never taken for a template. */
export function unreadableDomain(uuid: string, name: string, status: DomainStatus, problem: string): Domain {
  return {
    uuid,
    name,
    ...status,
    title: undefined,
    type: 'qemu',
    memory: 0,
    vcpus: 0,
    osinfo: undefined,
    disks: [],
    interfaces: [],
    graphics: undefined,
    nvram: false,
    tpm: false,
    console: false,
    mark: undefined,
    problem,
  };
}

/**
 * Whether the domain may have a process: only then does libvirt hold the locks on its images (HAZARDS 18). A crashed one
 * can be kept for a look at it, and what has no state may be in any.
 */
export function isActive(domain: Pick<Domain, 'state'>): boolean {
  return domain.state !== 'shutoff';
}

/** Disks that are a guest's own to write: those a linked clone needs an overlay for. */
export function writableDisks(domain: Pick<Domain, 'disks'>): Disk[] {
  return writtenDisks(domain).filter((disk) => disk.device === 'disk' && !disk.shareable);
}

/**
 * Disks whose images a guest may write to, alone or with others (`shareable`), as an image or as a SCSI device that is
 * handed through (`lun`). CD-ROMs and floppies are media, not disks.
 */
export function writtenDisks(domain: Pick<Domain, 'disks'>): Disk[] {
  return domain.disks.filter(({ device, readonly }) => ['disk', 'lun'].includes(device) && !readonly);
}

/** A disk of a domain, of which a snapshot may have a copy. */
export function parseDisk(disk: XmlElement): Disk {
  const source = disk.first('source');
  const pool = source?.attribute('pool');
  const name = source?.attribute('volume');
  return {
    target: disk.first('target')?.attribute('dev') ?? '',
    bus: disk.first('target')?.attribute('bus'),
    device: disk.attribute('device') ?? 'disk',
    type: disk.attribute('type') ?? 'file',
    source: source?.attribute('file') ?? source?.attribute('dev'),
    volume: pool === undefined || name === undefined ? undefined : { pool, name },
    format: disk.first('driver')?.attribute('type'),
    readonly: disk.first('readonly') !== undefined,
    shareable: disk.first('shareable') !== undefined,
    encrypted: disk.first('encryption') !== undefined || source?.first('encryption') !== undefined,
    // A running domain always lists its chain; an empty element only ends it.
    backingStated: disk.first('backingStore', 'source') !== undefined,
    ...(source?.first('slices') === undefined ? {} : { sliced: true }),
  };
}

function parseInterface(nic: XmlElement): Interface {
  const source = nic.first('source');
  const mac = nic.first('mac')?.attribute('address');
  return {
    type: nic.attribute('type') ?? 'user',
    source: source?.attribute('network') ?? source?.attribute('bridge') ?? source?.attribute('dev'),
    model: nic.first('model')?.attribute('type'),
    ...(mac === undefined ? {} : { mac }),
  };
}

function bootLogOf(devices: XmlElement | undefined): Pick<Domain, 'bootLog'> {
  const bootLog = devices?.first('serial', 'log')?.attribute('file');
  return bootLog === undefined ? {} : { bootLog };
}

/** Only the definition of a running machine says who is connected. */
function hasAgent(devices: XmlElement | undefined): boolean {
  const targets = devices?.all('channel').map((channel) => channel.first('target')) ?? [];
  return targets.some(
    (target) =>
      target?.attribute('name') === 'org.qemu.guest_agent.0' && target.attribute('state') === 'connected',
  );
}

function usesNvram(os: XmlElement | undefined): boolean {
  return (
    os?.attribute('firmware') === 'efi' ||
    os?.first('nvram') !== undefined ||
    os?.first('varstore') !== undefined ||
    os?.first('loader')?.attribute('type') === 'pflash'
  );
}

function nvramFile(nvram: XmlElement | undefined): string | undefined {
  const text = nvram?.text.trim();
  return text === undefined || text === '' ? nvram?.first('source')?.attribute('file') : text;
}

function filesOf(root: XmlElement): Pick<Domain, 'files'> {
  const os = root.first('os');
  const nvram = os?.first('nvram');
  const texts = ['loader', 'kernel', 'initrd', 'dtb'].map((name) => os?.textOf(name));
  const memory = root.first('devices')?.all('memory') ?? [];
  const found = [
    ...texts,
    nvramFile(nvram),
    nvram?.attribute('template'),
    os?.first('varstore')?.attribute('path'),
    ...memory.map((module) => module.textOf('source', 'path')),
  ];
  const files = [...new Set(found.flatMap((path) => (path === undefined || path === '' ? [] : [path])))];
  return files.length === 0 ? {} : { files };
}

/** The metadata element of a namespace, whatever prefix its XML gives to it. */
function inNamespace(metadata: XmlElement | undefined, namespace: string): XmlElement | undefined {
  return metadata?.children.find((element) => element.namespace === namespace);
}

function parseMark(mark: XmlElement | undefined): Mark | undefined {
  if (mark === undefined) return undefined;
  const kind = mark.name.slice(mark.name.indexOf(':') + 1);
  if (kind === 'template') return templateMark(mark);
  if (kind !== 'clone') return undefined;
  const since = mark.attribute('since');
  const seed = mark.attribute('seed');
  const bases = childrenOf(mark, 'base').map((base) => ({
    path: base.attribute('path') ?? '',
    modified: Number(base.attribute('modified')),
    capacity: Number(base.attribute('capacity')),
  }));
  return {
    kind,
    of: mark.attribute('template'),
    ...(since === undefined ? {} : { since: Number(since) }),
    ...(bases.length === 0 ? {} : { bases }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function childrenOf(mark: XmlElement, name: string): XmlElement[] {
  return mark.children.filter((child) => child.name.slice(child.name.indexOf(':') + 1) === name);
}

function templateMark(mark: XmlElement): Mark {
  const name = mark.attribute('name');
  const seed = mark.attribute('seed');
  const images = childrenOf(mark, 'image');
  const modes = images.map(
    (image) => [image.attribute('path') ?? '', parseInt(image.attribute('mode') ?? '', 8)] as const,
  );
  return {
    kind: 'template',
    ...(name === undefined ? {} : { name }),
    ...(modes.length === 0 ? {} : { modes: new Map(modes) }),
    ...(mark.attribute('autostart') === 'yes' ? { autostart: true } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
}
