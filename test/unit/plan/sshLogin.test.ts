import assert from 'node:assert/strict';
import { jumpOf, sshArguments } from '../../../src/plan/sshLogin';

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
