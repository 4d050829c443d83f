import assert from 'node:assert/strict';
import { firmwareArguments } from '../../../src/plan/virtInstallFirmware';
import { factsOf, plan, template } from './cloneWorld';

/** What is said before a clone is made of a template with this device. */
const notesOn = (device: string) =>
  plan(
    { method: 'define' },
    { template: { ...template, tpm: device.includes('<tpm') }, facts: factsOf(template, {}, device) },
  ).notes.join(' ');

describe('plan/cloneNotes', () => {
  const devices: readonly [string, RegExp | undefined][] = [
    [`<hostdev type='pci'/>`, /device of the host/],
    [`<interface type='hostdev'/>`, /device of the host/],
    [`<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>`, /device of the host/],
    [`<smartcard mode='host'/>`, /device of the host/],
    [
      `<tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>`,
      /^It has a device of the host/,
    ],
    [`<tpm><backend type='emulator'/></tpm>`, /TPM of the clone starts empty/],
    [`<filesystem><driver type='virtiofs'/><source dir='/d'/></filesystem>`, /^Directories [^.]*\.$/],
    [`<filesystem><driver type='virtiofs'/><source socket='/s'/></filesystem>`, /socket of another program/],
    [`<serial type='tcp'><source mode='bind' service='4000'/></serial>`, /fixed port/],
    [`<redirdev type='tcp'><source mode='bind' service='4000'/></redirdev>`, /fixed port/],
    [
      `<rng><backend model='egd' type='udp'><source mode='bind' service='4000'/></backend></rng>`,
      /fixed port/,
    ],
    [`<interface type='server'><source address='127.0.0.1' port='5'/></interface>`, /fixed port/],
    [
      `<interface type='user'><portForward proto='tcp'><range start='2222'/></portForward></interface>`,
      /fixed port/,
    ],
    [`<redirdev type='tcp'><source mode='connect' service='4000'/></redirdev>`, undefined],
    [
      `<interface type='vhostuser'><source type='unix' path='/s' mode='client'/></interface>`,
      /socket of another/,
    ],
    [`<interface type='vhostuser'><source type='unix' path='/s' mode='server'/></interface>`, undefined],
    [`<serial type='unix'><source mode='connect' path='/s'/></serial>`, /socket of another program/],
    [`<rng><backend model='random'>/dev/urandom</backend></rng>`, undefined],
  ];
  for (const [device, words] of devices) {
    it(`${words === undefined ? 'says nothing of' : `says ${words.source} of`} ${device}`, () => {
      if (words === undefined) assert.equal(notesOn(device), '');
      else assert.match(notesOn(device), words);
    });
  }
});

describe('plan/virtInstallFirmware', () => {
  const of = (os: string, devices = '') =>
    firmwareArguments(`<domain><os${os}</os><devices>${devices}</devices></domain>`, undefined);
  const tpm = `<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>`;

  it('tells virt-install of a TPM, which it would give to each machine with UEFI and to no other', () => {
    const words = ['--tpm', 'backend.type=emulator,backend.version=2.0,model=tpm-crb'];
    assert.deepEqual(of('>', tpm), words);
    assert.deepEqual(of(` firmware='efi'>`, tpm).slice(-2), words);
    assert.deepEqual(of(` firmware='efi'>`).slice(-2), ['--tpm', 'none']);
    assert.deepEqual(of('>'), []);
  });
});
