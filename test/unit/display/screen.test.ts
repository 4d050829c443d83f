import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { screenFacts } from '../../../src/display/screen';

/** The definition of a running machine with these devices. */
function machine(devices: string): string {
  return `<domain type='qemu' id='3'><name>x</name><devices>${devices}</devices></domain>`;
}

const screenOf = (devices: string) => screenFacts(machine(devices)).screen;

describe('display: how a machine shows its screen', () => {
  it('by VNC on a port of the loopback', () => {
    assert.deepEqual(
      screenOf(`<graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1'>
        <listen type='address' address='127.0.0.1'/></graphics>`),
      { kind: 'port', address: '127.0.0.1', port: 5901, everywhere: false },
    );
    assert.deepEqual(screenOf(`<graphics type='vnc' port='5902'><listen type='address'/></graphics>`), {
      kind: 'port',
      address: '127.0.0.1',
      port: 5902,
      everywhere: false,
    });
  });

  it('by VNC on all addresses, which is reached on the loopback', () => {
    const listening = (address: string) =>
      screenOf(`<graphics type='vnc' port='5900' listen='${address}'/>`) as { address: string };
    assert.deepEqual(listening('0.0.0.0'), {
      kind: 'port',
      address: '127.0.0.1',
      port: 5900,
      everywhere: true,
    });
    assert.equal(listening('::').address, '::1');
  });

  it('by VNC on the address of a network, which only <listen> has', () => {
    assert.deepEqual(
      screenOf(
        `<graphics type='vnc' port='5900'><listen type='network' address='192.0.2.1' network='n'/></graphics>`,
      ),
      { kind: 'port', address: '192.0.2.1', port: 5900, everywhere: false },
    );
  });

  it('by VNC on its own port also where it has one for WebSockets', () => {
    assert.deepEqual(screenOf(`<graphics type='vnc' port='5900' websocket='5700' listen='127.0.0.1'/>`), {
      kind: 'port',
      address: '127.0.0.1',
      port: 5900,
      everywhere: false,
    });
  });

  it('by VNC on a Unix socket, said in either way', () => {
    const expected = { kind: 'socket', path: '/run/a & b/vnc.sock' };
    assert.deepEqual(screenOf(`<graphics type='vnc' socket='/run/a &amp; b/vnc.sock'/>`), expected);
    assert.deepEqual(
      screenOf(`<graphics type='vnc'><listen type='socket' socket='/run/a &amp; b/vnc.sock'/></graphics>`),
      expected,
    );
  });

  it('by VNC whose port or socket is not given yet', () => {
    assert.deepEqual(screenOf(`<graphics type='vnc' port='-1' autoport='yes'/>`), { kind: 'pending' });
    assert.deepEqual(screenOf(`<graphics type='vnc'/>`), { kind: 'pending' });
    assert.deepEqual(screenOf(`<graphics type='vnc'><listen type='socket'/></graphics>`), {
      kind: 'pending',
    });
  });

  it('by VNC that listens nowhere', () => {
    assert.deepEqual(screenOf(`<graphics type='vnc'><listen type='none'/></graphics>`), {
      kind: 'unlistened',
    });
  });

  it('by VNC also where SPICE comes first', () => {
    assert.deepEqual(screenOf(`<graphics type='spice' port='5900'/><graphics type='vnc' port='5901'/>`), {
      kind: 'port',
      address: '127.0.0.1',
      port: 5901,
      everywhere: false,
    });
  });

  it('by SPICE alone, or not at all', () => {
    const spice = path.join(import.meta.dirname, '../fixtures/9.0.0/domain/spice.xml');
    assert.deepEqual(screenFacts(readFileSync(spice, 'utf8')).screen, { kind: 'foreign', type: 'spice' });
    assert.deepEqual(screenOf(''), { kind: 'none' });
    assert.deepEqual(screenOf(`<graphics type='egl-headless'/>`), { kind: 'none' });
  });

  it('with a password, where libvirt tells it', () => {
    const facts = screenFacts(machine(`<graphics type='vnc' port='5900' passwd='s&lt;cret'/>`));
    assert.equal(facts.password, 's<cret');
    assert.equal(screenFacts(machine(`<graphics type='vnc' port='5900'/>`)).password, undefined);
  });

  it('with a clipboard, where QEMU takes the part of the agent', () => {
    const channel = (copypaste: string) =>
      `<channel type='qemu-vdagent'><source><clipboard copypaste='${copypaste}'/></source></channel>`;
    assert.equal(screenFacts(machine(channel('yes'))).clipboard, true);
    assert.equal(screenFacts(machine(channel('no'))).clipboard, false);
    assert.equal(screenFacts(machine(`<channel type='unix'/>`)).clipboard, false);
  });
});
