import assert from 'node:assert/strict';
import { remoteAuthority } from '../../../src/plan/remoteSsh';

describe('plan/remoteSsh', () => {
  it('writes a login as people do', () => {
    assert.equal(
      remoteAuthority({ user: 'debian', address: '192.168.122.3' }),
      'ssh-remote+debian@192.168.122.3',
    );
    assert.equal(
      remoteAuthority({ user: 'ana', address: '127.0.0.1', port: 2222 }),
      'ssh-remote+ana@127.0.0.1:2222',
    );
  });

  for (const login of [
    { user: 'debian', address: 'fd00::5054:1' },
    { user: 'Ana', address: '192.168.122.3' },
    { user: 'ana@corp', address: '192.168.122.3', port: 2222 },
  ]) {
    it(`keeps ${login.user} at ${login.address} as they are`, () => {
      const [, hex = ''] = /^ssh-remote\+([0-9a-f]+)$/.exec(remoteAuthority(login)) ?? [];
      const { user, address, ...rest } = login;
      assert.deepEqual(JSON.parse(Buffer.from(hex, 'hex').toString()), { user, hostName: address, ...rest });
    });
  }
});
