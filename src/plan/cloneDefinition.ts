import { markNamespace } from '../host/domain';
import type { Volume } from '../host/volume';
import { XmlDraft } from '../host/xmlDraft';
import type { Identity } from './identity';
import { renewDevices } from './definitionDevices';
import { linkDisks, type Drives } from './definitionDisks';
import { recordAttributes, recordsOf } from './mark';

/** What is different in a clone's definition. */
export interface CloneWish {
  readonly name: string;
  readonly template: { readonly name: string; readonly uuid: string };
  readonly identity: Identity;
  /** The overlay of each disk that gets one, by the disk's target. */
  readonly overlays: ReadonlyMap<string, string>;
  /** What the overlays stand on. */
  readonly bases?: readonly Volume[];
  /** The volume that cloud-init takes its identity from. */
  readonly seed?: string | undefined;
  readonly drives: Drives;
  /** The file of the UEFI variables; undefined where libvirt finds it by the machine's name. */
  readonly nvram: string | undefined;
  /** Bytes; undefined: the template's. */
  readonly memory: number | undefined;
  readonly vcpus: number | undefined;
  /** The address of the first interface; undefined for a new one. */
  readonly mac: string | undefined;
}

/**
 * The definition of a linked clone: the template's with other identities and other disks, and all else as it is. It is
 * what virt-clone makes, but for what virt-clone does wrong (HAZARDS 27, 31) or leaves to collide with the template.
 * @param xml what `virsh dumpxml --inactive --security-info` says of the template
 */
export function cloneDefinition(xml: string, wish: CloneWish): string {
  const domain = XmlDraft.parse(xml);
  domain.set('id', undefined);
  domain.ensure('name').text = wish.name;
  const uuid = wish.identity.uuid('domain');
  domain.ensure('uuid').text = uuid;
  // The title is the template's own; the description says what is in it, which holds for the clone too.
  domain.removeAll('title');
  renewGenerationId(domain, wish.identity);
  for (const system of domain.all('sysinfo').flatMap((info) => info.all('system')))
    for (const entry of system.all('entry')) if (entry.attribute('name') === 'uuid') entry.text = uuid;
  mark(domain, wish);
  resize(domain, wish);
  moveNvram(domain, wish.nvram);
  const devices = domain.ensure('devices');
  linkDisks(devices, wish.overlays, wish.drives);
  renewDevices(devices, wish);
  return `${domain.toString()}\n`;
}

/** Windows takes a machine with another generation id for a copy, as it should. An empty one libvirt fills itself. */
function renewGenerationId(domain: XmlDraft, identity: Identity): void {
  const genid = domain.first('genid');
  if (genid !== undefined && genid.text !== '') genid.text = identity.uuid('genid');
}

/** The template's mark (or that of the clone it is itself) gives way to the clone's. */
function mark(domain: XmlDraft, { template, bases = [], seed }: CloneWish): void {
  const metadata = domain.first('metadata') ?? domain.addAfter('uuid', XmlDraft.make('metadata'));
  for (const child of metadata.children) {
    const prefix = child.name.includes(':') ? child.name.slice(0, child.name.indexOf(':')) : undefined;
    const declaration = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
    const namespace =
      child.attribute(declaration) ?? metadata.attribute(declaration) ?? domain.attribute(declaration);
    if (namespace === markNamespace) metadata.remove(child);
  }
  const attributes = {
    'xmlns:linkedclones': markNamespace,
    template: template.uuid,
    ...(seed === undefined ? {} : { seed }),
  };
  const records = recordsOf(bases).bases ?? [];
  const children = records.map((base) => XmlDraft.make('base', recordAttributes(base)));
  metadata.add(XmlDraft.make('linkedclones:clone', attributes, children));
}

function resize(domain: XmlDraft, { memory, vcpus }: CloneWish): void {
  if (memory !== undefined) {
    const kibibytes = String(Math.ceil(memory / 1024));
    for (const name of ['memory', 'currentMemory']) {
      const element = domain.ensure(name);
      element.set('unit', 'KiB');
      element.text = kibibytes;
    }
  }
  if (vcpus !== undefined) {
    const element = domain.ensure('vcpu');
    element.set('current', undefined);
    element.text = String(vcpus);
    // Both speak of the template's number of CPUs, and libvirt refuses what does not add up.
    domain.removeAll('vcpus');
    domain.first('cpu')?.removeAll('topology');
  }
}

function moveNvram(domain: XmlDraft, path: string | undefined): void {
  const nvram = domain.first('os', 'nvram') ?? domain.first('os', 'varstore');
  if (nvram === undefined || path === undefined) return;
  const source = nvram.first('source');
  if (source !== undefined) source.set('file', path);
  else if (nvram.name === 'varstore') nvram.set('path', path);
  else nvram.text = path;
}
