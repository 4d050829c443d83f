import assert from 'node:assert/strict';
import { canAsk } from '../../../src/explorer/canAsk';
import { missingPieces } from '../../../src/explorer/missingPieces';
import type { Node } from '../../../src/explorer/node';
import { remedyOf } from '../../../src/explorer/remedy';
import { CommandError, failureKind, type FailureKind } from '../../../src/host/errors';
import { disk, domain, hostWith, inventory, pool, volume } from '../builders';

const noAgent =
  "error: authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'";

function failure(kind: FailureKind, stderr = ''): CommandError {
  return new CommandError(kind, { file: 'virsh', args: [] }, 1, stderr);
}

describe('explorer/remedy', () => {
  const buttons: Readonly<Record<FailureKind, readonly [title: string, command: string]>> = {
    notInstalled: ['Open Settings', 'workbench.action.openSettings'],
    noPermission: ['Refresh', 'libvirt.refresh'],
    notRunning: ['Refresh', 'libvirt.refresh'],
    unreachable: ['Refresh', 'libvirt.refresh'],
    authentication: ['Connect in Terminal', 'libvirt.connectInTerminal'],
    hostKeyUnknown: ['Connect in Terminal', 'libvirt.connectInTerminal'],
    hostKeyChanged: ['Connect in Terminal', 'libvirt.connectInTerminal'],
    timeout: ['Refresh', 'libvirt.refresh'],
    busy: ['Refresh', 'libvirt.refresh'],
    noDriver: ['Show Log', 'libvirt.showLog'],
    unsupported: ['Show Log', 'libvirt.showLog'],
    cancelled: ['Show Log', 'libvirt.showLog'],
    gone: ['Refresh', 'libvirt.refresh'],
    other: ['Show Log', 'libvirt.showLog'],
  };

  for (const [kind, [title, command]] of Object.entries(buttons))
    it(`of ${kind} is ${title}`, () => {
      const remedy = remedyOf(failure(kind as FailureKind));
      assert.deepEqual([remedy?.title, remedy?.command], [title, command]);
    });

  it('leads to the setting of the program that is missing', () => {
    const error = new CommandError('notInstalled', { file: 'qemu-img', args: [] }, undefined, '');
    assert.deepEqual(remedyOf(error)?.arguments, ['libvirt.qemuImgPath']);
  });

  it('is a terminal where polkit has no agent to ask with: virsh brings one there', () => {
    const error = failure(failureKind(noAgent), noAgent);
    const node = { id: 'x' } as Node;
    assert.deepEqual(remedyOf(error, node), {
      title: 'Connect in Terminal',
      command: 'libvirt.connectInTerminal',
      arguments: [node],
    });
    assert.equal(canAsk(hostWith(undefined, error)), true);
    assert.equal(canAsk(hostWith(undefined, failure('noPermission'))), false);
  });

  it('is none where the message says it all', () => {
    assert.equal(remedyOf(new Error('?')), undefined);
  });
});

describe('explorer/missingPieces', () => {
  const image = volume('/p/a.qcow2');
  const machine = domain(1, 'a', [disk(image.path)]);
  const home = pool('default', '/p', [image]);

  it('says nothing before a host has been seen', () => {
    assert.equal(missingPieces([], undefined), undefined);
  });

  it('says that there is no pool', () => {
    assert.match(missingPieces([inventory([], [machine])], undefined) ?? '', /pool-define-as/);
  });

  it('says how to make a template', () => {
    const text = missingPieces([inventory([home], [machine])], undefined) ?? '';
    assert.match(text, /Convert to Template…/);
    assert.doesNotMatch(text, /chmod/);
  });

  it('says nothing where one of the hosts has a template', () => {
    const template = { ...machine, mark: { kind: 'template' } } as const;
    const hosts = [inventory([home], [machine]), inventory([home], [template])];
    assert.equal(missingPieces(hosts, undefined), undefined);
    assert.equal(missingPieces([inventory([home], [machine])], /^a$/u), undefined);
  });
});
