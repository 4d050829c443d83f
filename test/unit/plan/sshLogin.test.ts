import assert from 'node:assert/strict';
import { jumpOf, proxiedBy, sshArguments } from '../../../src/plan/sshLogin';

describe('plan/sshLogin', () => {
  const login = {
    user: 'debian',
    address: '192.168.122.3',
    uuid: '503b5a1d-0000-4000-8000-000000000001',
    knownHosts: '/home/ana maría/100%/known_hosts',
    jump: undefined,
  };

  it("keeps guests' keys by machine and out of the user's known_hosts", () => {
    assert.deepEqual(sshArguments(login), [
      '-o',
      'UserKnownHostsFile="/home/ana maría/100%%/known_hosts"',
      '-o',
      'HostKeyAlias=503b5a1d-0000-4000-8000-000000000001',
      '-o',
      'StrictHostKeyChecking=accept-new',
      '-l',
      'debian',
      '--',
      '192.168.122.3',
    ]);
  });

  it('prefers the proxy of libvirt, where the guest has a vsock and the name leads to it', () => {
    const web = { name: 'web-1', vsock: true };
    assert.equal(proxiedBy(web, 'qemu:///system', true), 'qemu/web-1');
    assert.equal(proxiedBy(web, 'qemu:///system', false), undefined, 'libvirt before 10.4');
    assert.equal(proxiedBy({ name: 'web-1' }, 'qemu:///system', true), undefined);
    // It would take a machine of the system with the same name.
    assert.equal(proxiedBy(web, 'qemu:///session', true), undefined);
    assert.equal(proxiedBy(web, 'qemu+ssh://kvm/system', true), undefined);
    for (const name of ['Web', 'a b', '-o', 'a/b', '%h'])
      assert.equal(proxiedBy({ ...web, name }, 'qemu:///system', true), undefined, name);
    assert.deepEqual(sshArguments({ ...login, address: 'qemu/web-1' }).slice(-4), [
      '-l',
      'debian',
      '--',
      'qemu/web-1',
    ]);
  });

  it('goes through the host where the guest is behind it', () => {
    const jumps = {
      'qemu+ssh://ana@kvm.example:2222/system': 'ana@kvm.example:2222',
      'qemu+ssh://[fe80::1]/session?no_tty=1': '[fe80::1]',
      'qemu:///system': undefined,
      'qemu+tls://kvm.example/system': undefined,
    };
    for (const [uri, jump] of Object.entries(jumps)) assert.equal(jumpOf(uri), jump, uri);
    assert.deepEqual(sshArguments({ ...login, jump: 'kvm' }).slice(6, 8), ['-J', 'kvm']);
  });
});
