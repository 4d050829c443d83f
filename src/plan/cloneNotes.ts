import * as l10n from '@vscode/l10n';
import { writableDisks } from '../host/domain';
import { parseXml, type XmlElement } from '../host/xml';
import { characterDevices } from './definitionDevices';
import type { LinkedCloneAnswers } from './linkedClone';
import { notesOnTool } from './overlay';
import { tpmKind } from './virtInstallFirmware';

/** What a person should know of the clones before they are made, one sentence each. */
export function notesOnClone(answers: LinkedCloneAnswers, uri: string): string[] {
  const { template, method, drives } = answers;
  const disks = template.disks.filter(({ device }) => device === 'disk' || device === 'lun');
  const shared = disks.filter((disk) => disk.readonly || disk.shareable);
  const media = template.disks.filter((disk) => disk.device === 'cdrom' || disk.device === 'floppy');
  const left = template.disks.length - writableDisks(template).length;
  const copies = method !== 'virt-install';
  return [
    ...(copies ? shared : []).map((disk) =>
      l10n.t('The disk {0} is shareable or read-only and stays shared with the template.', disk.target),
    ),
    ...(!copies && left > 0
      ? [
          l10n.t(
            'virt-install makes a machine with the cloned disks only, without the other drives of the template.',
          ),
        ]
      : []),
    ...(copies && drives === 'keep' && media.some(({ source, volume }) => source ?? volume)
      ? [l10n.t('The media in the drives are those of the template, and have to stay where they are.')]
      : []),
    ...(template.tpm && tpmKind(answers.facts.definition) !== 'passthrough'
      ? [l10n.t('The TPM of the clone starts empty.')]
      : []),
    ...(copies ? notesOnDefinition(answers) : []),
    ...notesOnTool(uri, answers.volumeTool),
  ];
}

/** What a copy of the definition has in common with the template, and only one of them can use at a time. */
function notesOnDefinition({ facts }: LinkedCloneAnswers): string[] {
  const domain = parseXml(facts.definition);
  const devices = domain.first('devices');
  const commandLine = domain.children.some((child) => child.name.endsWith(':commandline'));
  return [
    ...(devices !== undefined && hasHostDevice(devices)
      ? [l10n.t('It has a device of the host, which only one running machine can use at a time.')]
      : []),
    ...(devices?.first('filesystem') !== undefined
      ? [l10n.t('Directories of the host are shared with the template.')]
      : []),
    ...(devices !== undefined && listens(devices)
      ? [l10n.t('It listens on a fixed port of the host, which only one running machine can use at a time.')]
      : []),
    ...(devices !== undefined && isPluggedIn(devices)
      ? [l10n.t('It uses a socket of another program, which only one running machine can use at a time.')]
      : []),
    ...(commandLine ? [l10n.t('It has arguments for QEMU itself, which are copied as they are.')] : []),
  ];
}

function hasHostDevice(devices: XmlElement): boolean {
  return (
    devices.first('hostdev') !== undefined ||
    devices.all('interface').some((nic) => ['hostdev', 'vdpa'].includes(nic.attribute('type') ?? '')) ||
    devices.all('smartcard').some((card) => card.attribute('mode') === 'host') ||
    devices.all('tpm').some((tpm) => tpm.first('backend')?.attribute('type') === 'passthrough')
  );
}

function listens(devices: XmlElement): boolean {
  return (
    lines(devices).some(
      (line) =>
        ['tcp', 'udp'].includes(line.attribute('type') ?? '') &&
        line.all('source').some((source) => source.attribute('mode') === 'bind'),
    ) ||
    devices
      .all('interface')
      .some((nic) => nic.attribute('type') === 'server' || nic.first('portForward') !== undefined)
  );
}

/** Sockets that the machine makes itself are renewed; those of others, such as a virtual switch, are not ours to make. */
function isPluggedIn(devices: XmlElement): boolean {
  const connects = (device: XmlElement) => device.first('source')?.attribute('mode') === 'connect';
  return (
    lines(devices).some((line) => line.attribute('type') === 'unix' && connects(line)) ||
    devices
      .all('interface')
      .some(
        (nic) => nic.attribute('type') === 'vhostuser' && nic.first('source')?.attribute('mode') !== 'server',
      ) ||
    devices.all('filesystem').some((shared) => shared.first('source')?.attribute('socket') !== undefined)
  );
}

function lines(devices: XmlElement): XmlElement[] {
  const backends = devices.all('rng').flatMap((rng) => rng.all('backend'));
  return [...characterDevices.flatMap((kind) => devices.all(kind)), ...backends];
}
