import assert from 'node:assert/strict';
import { virsh } from '../../../src/host/commandLine';
import { isSsh, unattended, unattendedUri, uriProblem } from '../../../src/host/uri';

describe('host/uri', () => {
  const good = [
    'qemu:///system',
    'qemu:///session',
    'test:///default',
    'xen://host/',
    'qemu+ssh://user@host.example/system',
    'qemu+ssh://host:2222/session?keyfile=/home/u/key&no_verify=1',
    'qemu+ssh://root@[2001:db8::1]:22/system',
    'qemu+unix:///session?socket=/run/x/libvirt-sock',
    'qemu+ext:///system?command=/opt/connect',
    'qemu+tls://host/system',
  ];
  for (const uri of good) it(`takes ${uri}`, () => assert.equal(uriProblem(uri), undefined));

  const bad: readonly [string, RegExp][] = [
    ['', /URI such as/],
    ['host', /URI such as/],
    ['user@host', /URI such as/],
    ['qemu://host', /URI such as/],
    ['qemu:/system', /URI such as/],
    ['qemu+ssh://user:secret@host/system', /URI such as/],
    ['qemu+ssh://ho st/system', /URI such as/],
    ['qemu+ssh://${env:HOME}/system', /URI such as/],
    ['qemu+ssh://host/system#x', /URI such as/],
    ['qemu+ssh://host/system\n', /URI such as/],
    ['qemu+telnet://host/system', /no transport "telnet"/],
    ['qemu+ssh:///system', /needs the name/],
    ['qemu+ssh://-oProxyCommand=x/system', /URI such as|begin with/],
    ['qemu+ssh://-host/system', /begin with "-"/],
    ['qemu+tcp://host:0/system', /1 to 65535/],
    ['qemu+tcp://host:65536/system', /1 to 65535/],
  ];
  for (const [uri, reason] of bad)
    it(`refuses ${JSON.stringify(uri)}`, () => assert.match(uriProblem(uri) ?? '', reason));

  it('tells hosts that the program ssh reaches', () => {
    assert.equal(isSsh('qemu+ssh://host/system'), true);
    for (const uri of ['qemu:///system', 'qemu+libssh://host/system', 'qemu+tls://ssh/system'])
      assert.equal(isSsh(uri), false);
  });

  it('reads hosts behind ssh without questions, and leaves all others as they are', () => {
    assert.equal(unattendedUri('qemu+ssh://h/system'), 'qemu+ssh://h/system?no_tty=1');
    assert.equal(unattendedUri('qemu+libssh2://h/system?a=b'), 'qemu+libssh2://h/system?a=b&no_tty=1');
    for (const uri of ['qemu:///system', 'qemu+tls://h/system', 'qemu+ssh://h/system?no_tty=0'])
      assert.equal(unattendedUri(uri), uri);
    const spec = virsh('qemu+ssh://h/system', 'vol-info', 'qemu+ssh://h/system');
    assert.deepEqual(unattended(spec).args, [
      '--connect',
      'qemu+ssh://h/system?no_tty=1',
      'vol-info',
      'qemu+ssh://h/system',
    ]);
  });
});
