import assert from 'node:assert/strict';
import { installCommand } from '../../../src/plan/installTools';

describe('plan/installTools', () => {
  const systems: readonly (readonly [release: string, command: string])[] = [
    ['ID=debian\n', 'sudo apt-get install libvirt-clients'],
    ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', 'sudo apt-get install libvirt-clients'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install libvirt-client '],
    [`ID='opensuse-leap'\nID_LIKE='suse opensuse'\n`, 'sudo zypper install libvirt-client '],
    ['ID=arch\n', 'sudo pacman -S --needed libvirt '],
  ];

  for (const [release, start] of systems)
    it(`is "${start}…" where os-release says ${JSON.stringify(release)}`, () => {
      const spec = installCommand(release, 'x64', false);
      assert.ok(
        spec !== undefined && `${spec.file} ${spec.args.join(' ')} `.startsWith(start),
        JSON.stringify(spec),
      );
    });

  it('needs no sudo for root, and takes the QEMU of the processor', () => {
    const spec = installCommand('ID=debian', 'arm64', true);
    assert.equal(spec?.file, 'apt-get');
    assert.ok(spec.args.includes('qemu-system-arm'));
  });

  it('is not guessed for a system that is not known', () => {
    assert.equal(installCommand('ID=plan9\n', 'x64', false), undefined);
    assert.equal(installCommand('', 'x64', false), undefined);
  });
});
