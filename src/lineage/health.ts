import type { Domain } from '../host/domain';
import type { Backing, Volume } from '../host/volume';
import type { Lineage } from './lineage';

/** What can be wrong with an image or with the link to its base, the most serious first. */
export const faults = [
  'baseMissing',
  'baseInUse',
  'formatWrong',
  'rawDriver',
  'overlaySmaller',
  'baseChanged',
  'formatUnrecorded',
  'chainDeep',
  'baseOutside',
  'relativePath',
  'oldVersion',
  'baseWritable',
] as const;
export type Fault = (typeof faults)[number];

/** `error`: it does not work, or destroys something; `warning`: it may; `hint`: it could be safer. */
export type Severity = 'error' | 'warning' | 'hint';

const severities: Readonly<Record<Fault, Severity>> = {
  baseMissing: 'error',
  baseInUse: 'error',
  formatWrong: 'error',
  rawDriver: 'error',
  overlaySmaller: 'error',
  baseChanged: 'warning',
  formatUnrecorded: 'warning',
  chainDeep: 'warning',
  baseOutside: 'hint',
  relativePath: 'hint',
  oldVersion: 'hint',
  baseWritable: 'hint',
};

const remedies = {
  baseMissing: 'libvirt.relink',
  baseInUse: 'libvirt.forceOff',
  formatWrong: 'libvirt.relink',
  rawDriver: undefined,
  overlaySmaller: undefined,
  baseChanged: 'libvirt.flatten',
  formatUnrecorded: 'libvirt.relink',
  chainDeep: 'libvirt.flatten',
  baseOutside: undefined,
  relativePath: 'libvirt.relink',
  oldVersion: undefined,
  baseWritable: 'libvirt.convertToTemplate',
} as const satisfies Readonly<Record<Fault, string | undefined>>;

/** Something that is wrong, and where. */
export interface Finding {
  readonly fault: Fault;
  readonly severity: Severity;
  /** The image it is about: the overlay of a link, or the base itself. */
  readonly image: Volume;
  /** The path of the base, for what is about a link. */
  readonly base: string | undefined;
  /** Whom the remedy is for: who writes to the base, whose driver is wrong, whose image it is. */
  readonly domain: Domain | undefined;
}

/** The command that helps with a finding; none where it is for a machine and the image has none. */
export function remedyOf({ fault, domain }: Finding): string | undefined {
  return fault === 'baseWritable' && domain === undefined ? undefined : remedies[fault];
}

/** More levels than this are slow to open, and libvirt before 12.0 has trouble beyond (HAZARDS 16). */
export const deepChain = 20;

// A base may be flushed a moment after the overlay on it was made: so a snapshot of a running machine does it.
const flushSeconds = 2;

/** Everything that is wrong with the images of a host and their links, the most serious first. */
export function findingsOf(lineage: Lineage): Finding[] {
  const found: Finding[] = [];
  for (const image of lineage.images) {
    if (image.backing !== undefined) ofLink(image, image.backing, lineage, found);
    if (isWritableBase(image, lineage))
      found.push(finding('baseWritable', image, undefined, ownerOf(image, lineage)));
  }
  for (const domain of lineage.inventory.domains) found.push(...ofDrivers(domain, lineage));
  const rank = new Map(faults.map((fault, index) => [fault, index]));
  return found.sort((a, b) => (rank.get(a.fault) ?? 0) - (rank.get(b.fault) ?? 0));
}

function finding(fault: Fault, image: Volume, base?: string, domain?: Domain): Finding {
  return { fault, severity: severities[fault], image, base, domain };
}

function ofLink(image: Volume, backing: Backing, lineage: Lineage, found: Finding[]): void {
  const { facts } = lineage.inventory;
  const { path } = backing;
  const base = lineage.volume(path);
  const users = lineage.usersOf(image.path);
  const owner = users[0];
  const at = (fault: Fault, domain = owner) => finding(fault, image, path, domain);

  // What is no path is a disk of the network, of which nothing is known here.
  const unseen = facts !== undefined && lineage.poolOf(image) === undefined && !facts.has(path);
  const missing = base === undefined && path.startsWith('/') && (!backing.found || unseen);
  if (missing) found.push(at('baseMissing'));
  else if (path.startsWith('/') && (base === undefined || lineage.poolOf(base) === undefined)) {
    found.push(at('baseOutside'));
  }

  const writer = lineage.usersOf(path).find((user) => lineage.writesNow(user, path));
  if (writer !== undefined) found.push(at('baseInUse', writer));
  if (!missing && hasChanged(image, base, backing, lineage)) found.push(at('baseChanged'));

  const header = facts?.get(image.path)?.header;
  if (header?.backing !== undefined) {
    const { format, name } = header.backing;
    if (format === undefined) found.push(at('formatUnrecorded'));
    else if (base?.format !== undefined && plain(format) !== plain(base.format))
      found.push(at('formatWrong'));
    if (!name.startsWith('/') && !/^[a-z0-9+.-]+:/i.test(name)) found.push(at('relativePath'));
  }
  if (image.compat === '0.10' || header?.version === 2) found.push(at('oldVersion'));
  if (base !== undefined && image.capacity > 0 && image.capacity < base.capacity)
    found.push(at('overlaySmaller'));
  // Said once for a chain: of the image that a machine has, or on which nothing stands.
  const top = owner !== undefined || lineage.overlaysOf(image.path).length === 0;
  if (top && lineage.chain(image.path).length >= deepChain) found.push(at('chainDeep'));
}

/**
 * Whether a base was written to after an overlay on it was made: then the overlay's clusters may no longer fit. Where
 * no file system tells when the overlay was made, only a base that is newer than the overlay's last write shows it. So
 * it is where no machine writes to the overlay: then it was written to last when it was made or put on its base.
 */
function hasChanged(image: Volume, base: Volume | undefined, backing: Backing, lineage: Lineage): boolean {
  const modified = base?.modified ?? backing.modified;
  if (modified === undefined) return false;
  const users = lineage.usersOf(image.path);
  // The base of a snapshot is the machine's own earlier image.
  if (lineage.usersOf(backing.path).some((below) => users.some(({ uuid }) => uuid === below.uuid)))
    return false;
  const born = lineage.inventory.facts?.get(image.path)?.born;
  if (born === undefined || users.length === 0)
    return image.modified !== undefined && modified > image.modified + flushSeconds;
  const linked = users.flatMap(({ mark }) => (mark?.kind === 'clone' ? (mark.since ?? []) : []));
  return modified > Math.max(born, ...linked) + flushSeconds;
}

/** libvirt tells an ISO image from other raw ones; QEMU does not. */
function plain(format: string): string {
  return format === 'iso' || format === 'unknown' ? 'raw' : format;
}

function isWritableBase(image: Volume, lineage: Lineage): boolean {
  if (image.mode === undefined || (image.mode & 0o222) === 0) return false;
  const above = lineage.overlaysOf(image.path);
  if (above.length === 0) return false;
  const own = new Set(lineage.usersOf(image.path).map(({ uuid }) => uuid));
  // What stands on it may all be the same machine's: snapshots, whose base it may go back to.
  return above.some((overlay) => !lineage.usersOf(overlay.path).some(({ uuid }) => own.has(uuid)));
}

function ownerOf({ path }: Volume, lineage: Lineage): Domain | undefined {
  return lineage.usersOf(path).find((user) => lineage.writesTo(user, path));
}

/** Disks whose driver says raw, or nothing, on an image that is not: the guest sees the header as its disk. */
function ofDrivers(domain: Domain, lineage: Lineage): Finding[] {
  return domain.disks.flatMap((disk) => {
    if (disk.device !== 'disk' || (disk.format ?? 'raw') !== 'raw') return [];
    const path = lineage.pathOf(disk);
    const image = path === undefined ? undefined : lineage.volume(path);
    return image?.format === 'qcow2' ? [finding('rawDriver', image, undefined, domain)] : [];
  });
}

/** The findings of a host, by what they are about. */
export class Health {
  readonly findings: readonly Finding[];
  private readonly byImage = new Map<Volume, Finding[]>();

  constructor(private readonly lineage: Lineage) {
    this.findings = findingsOf(lineage);
    for (const one of this.findings) {
      const list = this.byImage.get(one.image);
      if (list === undefined) this.byImage.set(one.image, [one]);
      else list.push(one);
    }
  }

  /** What is wrong with an image or its link. */
  ofImage(path: string): readonly Finding[] {
    const image = this.lineage.volume(path);
    return image === undefined ? [] : (this.byImage.get(image) ?? []);
  }

  /** What is wrong with a machine's own images, and what is more than a hint below them. */
  ofDomain(domain: Domain): readonly Finding[] {
    const found = new Set<Finding>();
    for (const path of this.lineage.imagesOf(domain)) {
      for (const one of this.ofImage(path)) {
        if (one.fault !== 'rawDriver' || one.domain?.uuid === domain.uuid) found.add(one);
      }
      for (const level of this.lineage.chain(path)) {
        for (const one of this.ofImage(level)) {
          if (one.severity !== 'hint' && one.fault !== 'rawDriver') found.add(one);
        }
      }
    }
    return [...found];
  }
}
