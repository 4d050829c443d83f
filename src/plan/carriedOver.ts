import * as l10n from '@vscode/l10n';
import { parseXml, type XmlElement } from '../host/xml';
import { characterDevices } from './definitionDevices';

/**
 * What virt-clone copies from a template although no two machines can have it, in words (HAZARDS 31, measured on
 * virtinst 4.1): empty where its clone is right.
 */
export function carriedOver(definition: string): string[] {
  const domain = parseXml(definition);
  const devices = domain.first('devices');
  const of = (name: string) => devices?.all(name) ?? [];
  const backends = of('rng').flatMap((rng) => rng.all('backend'));
  const characters = [...characterDevices.flatMap(of), ...backends];
  const findings: readonly (readonly [boolean, string])[] = [
    [of('disk').some(statesBacking), l10n.t('a stated backing store')],
    [(domain.textOf('genid') ?? '') !== '', l10n.t('the generation id')],
    // libvirt refuses one that is not the machine's.
    [domain.all('sysinfo').some(statesUuid), l10n.t('the UUID in its SMBIOS')],
    [of('interface').some(hasPortId), l10n.t('the id of a port of a virtual switch')],
    [of('interface').some(makesASocket), l10n.t('the socket of a network interface')],
    [of('graphics').some(hasFixedPlace), l10n.t('a fixed port or socket of the screen')],
    [characters.some(writesToAFile), l10n.t('a file or socket of a serial line')],
    [of('vsock').some((vsock) => vsock.first('cid')?.attribute('auto') !== 'yes'), l10n.t('a vsock address')],
    [of('tpm').some((tpm) => tpm.first('backend', 'source') !== undefined), l10n.t('the state of a TPM')],
  ];
  return findings.filter(([found]) => found).map(([, words]) => words);
}

/**
 * The disks for which virt-clone uses up a `--file` although they get no overlay, or none although they do, by their
 * targets: it shares what is empty, read-only or shareable, whatever kind of drive it is (HAZARDS 28).
 */
export function miscountedDisks(definition: string): string[] {
  const disks = parseXml(definition).first('devices')?.all('disk') ?? [];
  return disks
    .filter((disk) => {
      if (disk.first('readonly') !== undefined || disk.first('shareable') !== undefined) return false;
      const overlaid = (disk.attribute('device') ?? 'disk') === 'disk';
      const shared = disk.first('transient')?.attribute('shareBacking') === 'yes';
      return overlaid ? shared : !shared && disk.first('source') !== undefined;
    })
    .map((disk) => disk.first('target')?.attribute('dev') ?? '?');
}

function statesBacking(disk: XmlElement): boolean {
  return disk.first('backingStore', 'source') !== undefined;
}

function statesUuid(sysinfo: XmlElement): boolean {
  const entries = sysinfo.all('system').flatMap((system) => system.all('entry'));
  return entries.some((entry) => entry.attribute('name') === 'uuid');
}

function hasPortId(nic: XmlElement): boolean {
  const parameters = nic.first('virtualport', 'parameters');
  return ['interfaceid', 'instanceid'].some((name) => parameters?.attribute(name) !== undefined);
}

function makesASocket(nic: XmlElement): boolean {
  return nic.attribute('type') === 'vhostuser' && nic.first('source')?.attribute('mode') === 'server';
}

/** virt-clone renews the port itself, and only that. */
function hasFixedPlace(graphics: XmlElement): boolean {
  const fixed = ['tlsPort', 'websocket'].some((name) => Number(graphics.attribute(name) ?? -1) > 0);
  const sockets = [graphics, ...graphics.all('listen')];
  return fixed || sockets.some((element) => element.attribute('socket') !== undefined);
}

function writesToAFile(device: XmlElement): boolean {
  if (device.first('log')?.attribute('file') !== undefined) return true;
  const source = device.first('source');
  const path = source?.attribute('path');
  if (path === undefined) return false;
  const type = device.attribute('type') ?? '';
  if (type === 'file' || type === 'pipe') return true;
  if (type !== 'unix' || source?.attribute('mode') === 'connect') return false;
  // virt-clone renews the socket of a channel whose path names its target.
  const target = device.first('target')?.attribute('name');
  return device.name !== 'channel' || target === undefined || !path.includes(target);
}
