import assert from 'node:assert/strict';
import { firstAddresses, parseAddresses, type AddressPatience } from '../../../src/host/addresses';
import type { Run } from '../../../src/host/process';

describe('host/addresses', () => {
  it('reads what virsh domifaddr prints, with names of interfaces that hold blanks', () => {
    const table = ` vnet0                      52:54:00:aa:bb:cc    ipv4         192.168.122.3/24
 Local Area Connection      52:54:00:aa:bb:cd    ipv6         fe80::5054:ff:feaa:bbcd/64
 lo                         00:00:00:00:00:00    ipv4         127.0.0.1/8
 wg0                        N/A                  N/A          N/A
`;
    assert.deepEqual(parseAddresses(table), [
      { interface: 'vnet0', mac: '52:54:00:aa:bb:cc', protocol: 'ipv4', address: '192.168.122.3' },
      {
        interface: 'Local Area Connection',
        mac: '52:54:00:aa:bb:cd',
        protocol: 'ipv6',
        address: 'fe80::5054:ff:feaa:bbcd',
      },
      { interface: 'lo', mac: '00:00:00:00:00:00', protocol: 'ipv4', address: '127.0.0.1' },
    ]);
  });

  describe('waits for the first one', () => {
    const row = (address: string) => ` vnet0 52:54:00:aa:bb:cc ipv6 ${address}/64\n`;
    /** A host whose leases say this, look by look. */
    const saying = (...looks: readonly string[]): Run => {
      let look = 0;
      return ({ args }) => {
        const stdout = args.includes('lease') ? (looks[look++] ?? '') : '';
        return Promise.resolve({ stdout, stderr: '' });
      };
    };
    const waiting = (run: Run, patience: Partial<AddressPatience>) =>
      firstAddresses('web', 'qemu:///session', run, { limitMs: 600_000, pauseMs: 1, ...patience });

    it('until it is there, also where it is one of IPv6; one of its own link does not count', async () => {
      let passed = 0;
      const run = saying('', row('fe80::1'), row('fd00::5054:1'));
      const [found] = await waiting(run, { onLook: (part) => (passed += part) });
      assert.deepEqual([found?.protocol, found?.address], ['ipv6', 'fd00::5054:1']);
      assert.ok(passed > 0);
    });

    it('no longer than the limit', async () => {
      assert.deepEqual(await waiting(saying(), { limitMs: 20 }), []);
    });

    it('until nobody wants to wait any longer', async () => {
      const enough = new AbortController();
      const none = waiting(saying(), { pauseMs: 300_000, signal: enough.signal });
      enough.abort();
      assert.deepEqual(await none, []);
    });
  });
});
