import assert from 'node:assert/strict';
import { routeTo } from '../../../src/display/route';
import type { OpenScreen } from '../../../src/display/screen';

const port: OpenScreen = { kind: 'port', address: '127.0.0.1', port: 5901, everywhere: false };
const socket: OpenScreen = { kind: 'socket', path: '/run/vnc.sock' };
const quiet = ['-o', 'BatchMode=yes'];

describe('display: the way to a screen', () => {
  it('is direct on this machine', () => {
    assert.deepEqual(routeTo('qemu:///system', port), { by: 'port', address: '127.0.0.1', port: 5901 });
    assert.deepEqual(routeTo('qemu+unix:///session?socket=/x', socket), {
      by: 'socket',
      path: '/run/vnc.sock',
    });
  });

  it('leads through ssh to a port of another host', () => {
    assert.deepEqual(routeTo('qemu+ssh://me@far.example:2222/system', port), {
      by: 'ssh',
      args: ['-T', '-W', '127.0.0.1:5901', ...quiet, '-p', '2222', '-l', 'me', '--', 'far.example'],
    });
  });

  it('leads through ssh with IPv6 on both sides', () => {
    assert.deepEqual(routeTo('qemu+ssh://[2001:db8::1]/system', { ...port, address: '::1' }), {
      by: 'ssh',
      args: ['-T', '-W', '[::1]:5901', ...quiet, '--', '2001:db8::1'],
    });
  });

  it('takes the key and the trust that the URI names', () => {
    const route = routeTo('qemu+ssh://far/system?keyfile=/k/id+a&no_verify=1&no_tty=1', port);
    assert.deepEqual(route, {
      by: 'ssh',
      args: [
        ...['-T', '-W', '127.0.0.1:5901', ...quiet, '-o', 'StrictHostKeyChecking=no'],
        ...['-i', '/k/id+a', '--', 'far'],
      ],
    });
  });

  it('leads through a private socket to a socket of another host', () => {
    assert.deepEqual(routeTo('qemu+ssh://me%40corp@far/system', socket), {
      by: 'sshSocket',
      path: '/run/vnc.sock',
      destination: [...quiet, '-l', 'me@corp', '--', 'far'],
    });
  });

  it('never takes the name of a host for an option', () => {
    const route = routeTo('qemu+ssh://-oProxyCommand=x/system', port);
    assert.ok(route === undefined || (route.by === 'ssh' && route.args.at(-2) === '--'));
  });

  it('leads to another host without ssh where the screen listens for others', () => {
    assert.equal(routeTo('qemu+tls://far/system', port), undefined);
    assert.equal(routeTo('qemu+tls://far/system', socket), undefined);
    assert.deepEqual(routeTo('qemu+tls://far/system', { ...port, everywhere: true }), {
      by: 'port',
      address: 'far',
      port: 5901,
    });
    assert.deepEqual(routeTo('qemu+tcp://[2001:db8::1]/system', { ...port, everywhere: true }), {
      by: 'port',
      address: '2001:db8::1',
      port: 5901,
    });
    assert.deepEqual(routeTo('qemu+tls://far/system', { ...port, address: '192.0.2.7' }), {
      by: 'port',
      address: '192.0.2.7',
      port: 5901,
    });
  });
});
