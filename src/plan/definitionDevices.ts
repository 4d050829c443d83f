import { posix } from 'node:path';
import type { XmlDraft } from '../host/xmlDraft';
import type { CloneWish } from './cloneDefinition';

/** The devices whose other end is a file, a socket or a port of the host. */
export const characterDevices = [
  'serial',
  'parallel',
  'console',
  'channel',
  'redirdev',
  'smartcard',
] as const;

/** Gives all devices what no two machines can have in common. */
export function renewDevices(devices: XmlDraft, wish: CloneWish): void {
  devices.all('interface').forEach((nic, index) => renewInterface(nic, index, wish));
  for (const graphics of devices.all('graphics')) renewGraphics(graphics);
  // A source of randomness may be asked over such a line as well.
  const sources = devices.all('rng').flatMap((rng) => rng.all('backend'));
  for (const device of [...characterDevices.flatMap((kind) => devices.all(kind)), ...sources])
    renewCharacterDevice(device, wish);
  for (const tpm of devices.all('tpm')) {
    const source = tpm.first('backend', 'source');
    moveFile(source, 'path', wish);
  }
  // A context id is known to the whole host.
  for (const cid of devices.all('vsock').flatMap((vsock) => vsock.all('cid'))) {
    cid.set('address', undefined);
    cid.set('auto', 'yes');
  }
}

function renewInterface(nic: XmlDraft, index: number, wish: CloneWish): void {
  const { identity, mac } = wish;
  const address = index === 0 && mac !== undefined ? mac : identity.mac(`interface ${index}`);
  nic.ensure('mac').set('address', address);
  // The host's name of the other end is chosen when the machine starts.
  nic.first('target')?.set('dev', undefined);
  const parameters = nic.first('virtualport', 'parameters');
  for (const name of ['interfaceid', 'instanceid']) {
    if (parameters?.attribute(name) !== undefined)
      parameters.set(name, identity.uuid(`interface ${index} ${name}`));
  }
  const source = nic.first('source');
  if (nic.attribute('type') === 'vhostuser' && source?.attribute('mode') === 'server')
    moveFile(source, 'path', wish);
}

/** Ports and sockets are chosen when the machine starts. */
function renewGraphics(graphics: XmlDraft): void {
  const fixed = (name: string) => Number(graphics.attribute(name) ?? -1) > 0;
  if (fixed('port') || fixed('tlsPort')) {
    graphics.set('port', '-1');
    graphics.set('tlsPort', undefined);
    graphics.set('autoport', 'yes');
  }
  if (fixed('websocket')) graphics.set('websocket', '-1');
  for (const listen of [graphics, ...graphics.all('listen')]) listen.set('socket', undefined);
}

function renewCharacterDevice(device: XmlDraft, wish: CloneWish): void {
  const type = device.attribute('type');
  const source = device.first('source');
  if (device.name === 'channel' && type === 'unix' && source?.attribute('mode') !== 'connect') {
    // libvirt chooses a socket in the machine's own directory.
    if (source !== undefined) source.set('path', undefined);
  } else if (
    type === 'file' ||
    type === 'pipe' ||
    (type === 'unix' && source?.attribute('mode') !== 'connect')
  ) {
    moveFile(source, 'path', wish);
  }
  moveFile(device.first('log'), 'file', wish);
}

function moveFile(
  element: XmlDraft | undefined,
  attribute: string,
  { name, template }: Pick<CloneWish, 'name' | 'template'>,
): void {
  const path = element?.attribute(attribute);
  if (path !== undefined) element?.set(attribute, ownFile(path, template.name, name));
}

/**
 * The clone's file in the place of one of the template's: with the one name for the other, or with the clone's name
 * added, in the same directory. `/log/web.log` becomes `/log/web-2.log`, `/log/serial.log` `/log/serial-web-2.log`.
 */
export function ownFile(path: string, template: string, clone: string): string {
  const { dir, name, ext } = posix.parse(path);
  const own = name.includes(template) ? name.replaceAll(template, () => clone) : `${name}-${clone}`;
  return posix.join(dir, `${own}${ext}`);
}
