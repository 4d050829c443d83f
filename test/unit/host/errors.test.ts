import assert from 'node:assert/strict';
import { cause, CommandError, failureKind, type FailureKind } from '../../../src/host/errors';
import { errorsOf, versions } from '../captures';

const captured: readonly [string, FailureKind][] = [
  ['no domain', 'gone'],
  ['no domain by uuid', 'gone'],
  ['no volume', 'gone'],
  ['no volume in pool', 'gone'],
  ['no pool', 'gone'],
  ['no network', 'gone'],
  ['undefine nobody', 'gone'],
  ['no socket', 'notRunning'],
  ['system without a daemon', 'notRunning'],
  ['socket not permitted', 'noPermission'],
  ['connection refused', 'unreachable'],
  ['unknown host', 'unreachable'],
  ['pool not active', 'other'],
  ['volume exists', 'other'],
  ['start of what runs', 'other'],
  ['unknown option', 'unsupported'],
];

for (const version of versions) {
  describe(`host/errors on libvirt ${version}`, () => {
    const errors = errorsOf(version);
    for (const [name, kind] of captured) {
      it(`takes "${name}" for ${kind}`, () => {
        const { stderr } = errors[name] ?? assert.fail(`nothing captured for ${name}`);
        assert.equal(failureKind(stderr), kind, stderr);
      });
    }

    it('names the cause without virsh’s prefixes', () => {
      assert.equal(
        cause(errors['no socket']?.stderr ?? ''),
        `Failed to connect socket to '/tmp/lcap/none': No such file or directory`,
      );
      assert.equal(
        cause(errors['volume exists']?.stderr ?? ''),
        `Failed to create vol base.qcow2 storage volume 'base.qcow2' exists already`,
      );
    });
  });
}

describe('host/errors', () => {
  // From libvirt's and ssh's sources; not to be had on one machine.
  const others: readonly [string, FailureKind][] = [
    ['error: authentication unavailable: no polkit agent available to authenticate', 'noPermission'],
    ['error: End of file while reading data: Input/output error', 'unreachable'],
    ['error: internal error: connection closed due to keepalive timeout', 'timeout'],
    ['error: this function is not supported by the connection driver: virStoragePoolCreate', 'unsupported'],
    ['error: authentication failed: access denied by policy', 'authentication'],
    [
      'error: Cannot recv data: user@host: Permission denied (publickey,password).: Connection reset by peer',
      'authentication',
    ],
    ['error: Cannot recv data: Host key verification failed.: Connection reset by peer', 'hostKeyUnknown'],
    [
      'error: Cannot recv data: @@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@\nHost key for [h]:22 has changed and you have requested strict checking.\nHost key verification failed.: Connection reset by peer',
      'hostKeyChanged',
    ],
    [
      'error: Cannot recv data: Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures: Connection reset by peer',
      'authentication',
    ],
    [
      'error: Cannot recv data: ssh: connect to host h port 22: Connection refused: Connection reset by peer',
      'unreachable',
    ],
    [
      `error: End of file while reading data: virt-ssh-helper: cannot connect to '/var/run/libvirt/libvirt-sock': Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory: Input/output error`,
      'notRunning',
    ],
    ['error: End of file while reading data: sh: 1: nc: not found: Input/output error', 'other'],
    [
      'error: Cannot recv data: ssh: Could not resolve hostname nowhere: Name or service not known: Connection reset by peer',
      'unreachable',
    ],
    [
      'error: Cannot recv data: ssh: connect to host h port 22: Connection timed out: Connection reset by peer',
      'unreachable',
    ],
    [
      'error: Cannot recv data: ssh: connect to host h port 22: No route to host: Connection reset by peer',
      'unreachable',
    ],
    [`error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied`, 'noPermission'],
    [`error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused`, 'notRunning'],
    [
      'error: End of file while reading data: ssh: connect to host h port 22: Connection refused: Input/output error',
      'unreachable',
    ],
    [
      'error: End of file while reading data: ssh: connect to host h port 22: Network is unreachable: Input/output error',
      'unreachable',
    ],
    [
      'error: End of file while reading data: kex_exchange_identification: read: Connection reset by peer\nConnection reset by 192.0.2.1 port 22: Input/output error',
      'unreachable',
    ],
    [
      'error: End of file while reading data: Connection closed by 192.0.2.1 port 22: Input/output error',
      'unreachable',
    ],
    ['error: no connection driver available for qemu:///session', 'noDriver'],
    [
      `error: Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory`,
      'authentication',
    ],
    [
      'error: Unable to verify TLS peer: The certificate could not be verified because it is signed by an unknown issuer',
      'authentication',
    ],
    ['error: The client certificate /x/clientcert.pem has expired', 'authentication'],
    [
      'error: Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainSave)',
      'busy',
    ],
    [`error: internal error: pool 'default' has asynchronous jobs running.`, 'busy'],
    ['error: Timed out during operation: monitor socket did not show up', 'timeout'],
    ['', 'other'],
  ];
  for (const [stderr, kind] of others) {
    it(`takes ${JSON.stringify(stderr)} for ${kind}`, () => {
      assert.equal(failureKind(stderr), kind);
    });
  }

  const spec = { file: 'virt-clone', args: [] } as const;
  const messages: readonly [FailureKind, RegExp][] = [
    ['notInstalled', /virt-clone is not installed/],
    ['noPermission', /group libvirt.*\(because\)/],
    ['notRunning', /not running.*\(because\)/],
    ['unreachable', /cannot be reached.*\(because\)/],
    ['authentication', /Check your key.*certificates.*\(because\)/],
    ['hostKeyUnknown', /not known yet.*terminal.*\(because\)/],
    ['hostKeyChanged', /another key than before.*terminal/],
    ['timeout', /virt-clone did not answer in time.*restart libvirt/],
    ['noDriver', /Install its driver.*\(because\)/],
    ['unsupported', /newer one may.*\(because\)/],
    ['busy', /^(?!.*restart).*Try again.*\(because\)/],
    ['cancelled', /virt-clone was cancelled/],
    ['gone', /^because\. .*refresh/],
    ['other', /^because\. .*log/],
  ];
  // A kind without a sentence here does not compile.
  const tested: Record<FailureKind, true> = {
    notInstalled: true,
    noPermission: true,
    notRunning: true,
    unreachable: true,
    authentication: true,
    hostKeyUnknown: true,
    hostKeyChanged: true,
    timeout: true,
    noDriver: true,
    unsupported: true,
    busy: true,
    cancelled: true,
    gone: true,
    other: true,
  };
  it('has a sentence for each kind of failure', () => {
    assert.deepEqual(messages.map(([kind]) => kind).sort(), Object.keys(tested).sort());
  });
  for (const [kind, message] of messages) {
    it(`says of ${kind} what happened and what to do`, () => {
      assert.match(new CommandError(kind, spec, 1, 'error: because\n').message, message);
    });
  }

  it('gives ssh’s own last line as the cause, without greetings and warnings before it', () => {
    const said = 'Welcome to host!\nWarning: weak.\nu@h: Permission denied (publickey).';
    assert.equal(
      cause(
        `error: failed to connect to the hypervisor\nerror: Cannot recv data: ${said}: Connection reset by peer\n`,
      ),
      'u@h: Permission denied (publickey).',
    );
  });

  it('says what helps where the words are known, also where their kind is not', () => {
    const stderr = "error: Requested operation is not valid: network 'lan' is not active\n";
    assert.match(
      new CommandError('other', spec, 1, stderr).message,
      /lan is not active.*virsh net-start lan/,
    );
    const machine = "error: unsupported configuration: Emulator 'q' does not support machine type 'pc-9'\n";
    assert.match(new CommandError(failureKind(machine), spec, 1, machine).message, /machine type pc-9/);
  });

  it('tells the exit code where a command said nothing', () => {
    assert.match(new CommandError('other', spec, 3, '').message, /virt-clone.*3/);
    assert.match(new CommandError('other', spec, undefined, '').message, /virt-clone/);
  });

  it('keeps command, exit code and stderr for the log', () => {
    const { spec: kept, exitCode, stderr } = new CommandError('other', spec, 3, 'error: a\nb');
    assert.deepEqual([kept, exitCode, stderr], [spec, 3, 'error: a\nb']);
  });
});
