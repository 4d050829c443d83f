import { virsh, type CommandSpec } from '../host/commandLine';
import { markNamespace, type BaseRecord, type Mark } from '../host/domain';
import { escapeXml } from '../host/escapeXml';
import type { Volume } from '../host/volume';

/** The command that writes a mark into the metadata of a domain, or takes it away. */
export function markCommand(
  uri: string,
  word: string,
  value: Mark | undefined,
  scope: readonly string[] = ['--config'],
): CommandSpec {
  const rest = value === undefined ? ['--remove'] : ['--key', 'linkedclones', '--set', markXml(value)];
  return virsh(uri, 'metadata', '--domain', word, '--uri', markNamespace, ...rest, ...scope);
}

/** What tells a base from its other versions later; nothing where libvirt does not tell when it was written to. */
export function recordsOf(bases: readonly Volume[]): { readonly bases?: readonly BaseRecord[] } {
  const records = bases.flatMap(({ path, modified, capacity }) =>
    modified === undefined ? [] : [{ path, modified, capacity }],
  );
  return records.length === 0 ? {} : { bases: [...new Map(records.map((one) => [one.path, one])).values()] };
}

/** The attributes of a record in the mark. */
export function recordAttributes({ path, modified, capacity }: BaseRecord) {
  return { path, modified: String(modified), capacity: String(capacity) };
}

/** Permission bits as in chmod. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function markXml(value: Mark): string {
  if (value.kind === 'clone') {
    const since = value.since === undefined ? undefined : String(value.since);
    const bases = (value.bases ?? []).map((base) => element('base', recordAttributes(base)));
    return element('clone', { template: value.of, since, seed: value.seed }, bases);
  }
  const { name, autostart, modes, seed } = value;
  const images = [...(modes ?? [])].map(([path, mode]) => element('image', { path, mode: octal(mode) }));
  return element('template', { name, autostart: autostart === true ? 'yes' : undefined, seed }, images);
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  children: readonly string[] = [],
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeXml(value)}"`],
  );
  const start = `<${name}${written.join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`;
}
