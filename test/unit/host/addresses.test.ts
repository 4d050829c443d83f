import assert from 'node:assert/strict';
import { parseAddresses } from '../../../src/host/addresses';

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
});
