import assert from 'node:assert/strict';
import { explanationOf, type Trouble } from '../../../src/host/explain';

// As libvirt, QEMU, virtinst and qemu-img print them; what can be provoked is in test/host/explain.test.ts.
const messages: readonly (readonly [stderr: string, kind: Trouble, subject: string])[] = [
  [
    `error: internal error: qemu unexpectedly closed the monitor: -blockdev {}: Failed to get shared "write" lock\nIs another process using the image [/p/a b.qcow2]?\n`,
    'baseInUse',
    '/p/a b.qcow2',
  ],
  ['ERROR    Invalid name for new guest: Guest name \'c "1"\' is already in use.', 'nameTaken', 'c "1"'],
  [
    `qemu-img: /p/q.qcow2: Could not open '/nowhere/b': No such file or directory\nCould not open backing image.`,
    'baseMissing',
    '/nowhere/b',
  ],
  [
    `error: Cannot access storage file '/home/me/x.qcow2' (as uid:64055, gid:106): Permission denied`,
    'noPermission',
    '/home/me/x.qcow2',
  ],
  [
    `error: internal error: process exited while connecting to monitor: -blockdev {}: Could not open '/srv/x.qcow2': Permission denied`,
    'noPermission',
    '/srv/x.qcow2',
  ],
  [
    `error: internal error: Child process (qemu-img create) unexpected exit status 1: qemu-img: /p/x: Could not create '/p/x': Permission denied`,
    'directoryNotWritable',
    '/p/x',
  ],
  [`error: cannot write data to file '/p/full.xml': No space left on device`, 'diskFull', '/p/full.xml'],
  ['qemu-img: error while writing: No space left on device', 'diskFull', ''],
  ['error: invalid argument: could not find capabilities for arch=x86_64 domaintype=kvm ', 'noKvm', ''],
  [
    `Could not access KVM kernel module: No such file or directory\nqemu-system-x86_64: failed to initialize kvm`,
    'noKvm',
    '',
  ],
  ['error: Requested operation is not valid: cannot undefine domain with nvram', 'nvram', ''],
  [
    'error: Requested operation is not valid: cannot delete inactive domain with 2 snapshots',
    'snapshots',
    '2',
  ],
  ["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", 'notEnoughMemory', ''],
  [
    'error: (domain_definition):53: Opening and ending tag mismatch: devices line 26 and device\n  </device>\n-----------^',
    'invalidXml',
    '53',
  ],
];

describe('host/explain', () => {
  for (const [stderr, kind, subject] of messages)
    it(`knows ${kind} by "${stderr.slice(0, 60).replaceAll('\n', ' ')}…"`, () => {
      const found = explanationOf(stderr);
      assert.deepEqual([found?.kind, found?.subject], [kind, subject]);
      assert.match(found?.why ?? '', /^[^{}]+\.$/);
      assert.match(found?.remedy ?? '', /^[^{}]+\.$/);
    });

  it('does not guess', () => {
    for (const stderr of ['', 'error: Domain is already active', 'Permission denied'])
      assert.equal(explanationOf(stderr), undefined, stderr);
  });
});
