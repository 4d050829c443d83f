import assert from 'node:assert/strict';
import type { Baggage, Domain } from '../../../src/host/domain';
import { disableAutostart, enableAutostart } from '../../../src/plan/autostart';
import { reset } from '../../../src/plan/power';
import { rename } from '../../../src/plan/rename';
import { discardSaved, save } from '../../../src/plan/savedState';
import { disk, domain, lineage, overlay, pool, uri, uuid, volume } from '../builders';
import { argv, refusalOf } from './plans';

const none: Baggage = { autostart: false, managedSave: false, checkpoints: false, snapshots: [] };
const volumes = [volume('/p/web.qcow2'), overlay('/p/clone', '/p/web.qcow2')];
const clone = domain(2, 'clone', [disk('/p/clone')]);

function world(rest: Partial<Domain> = {}, others: readonly Domain[] = []) {
  const one = domain(1, 'web', [disk('/p/web.qcow2')], { baggage: none, ...rest });
  const shown = others.length === 0 ? volumes.slice(0, 1) : volumes;
  return { one, found: lineage([pool('p', '/p', shown)], [one, ...others]) };
}

describe('plan: the rest of a machine’s life', () => {
  it('resets, saves and discards by UUID, and holds each to what libvirt says afterwards', () => {
    const on = world({ state: 'running' });
    const saved = world({ baggage: { ...none, managedSave: true } });
    const to = (...words: string[]) => [['virsh', '--connect', uri, ...words]];
    assert.deepEqual(argv(reset(on.one, on.found)), to('reset', '--domain', uuid(1)));
    assert.deepEqual(argv(save(on.one, on.found)), to('managedsave', '--domain', uuid(1), '--verbose'));
    assert.deepEqual(
      argv(discardSaved(saved.one, saved.found)),
      to('managedsave-remove', '--domain', uuid(1)),
    );
    const kept = (value: boolean) => ({ kind: 'kept', uuid: uuid(1), what: 'managedSave', kept: value });
    assert.deepEqual(save(on.one, on.found).steps[0]?.verify, kept(true));
    assert.deepEqual(discardSaved(saved.one, saved.found).steps[0]?.verify, kept(false));
    assert.deepEqual(save(on.one, on.found).steps[0]?.undo, { kind: 'abortJob', domain: uuid(1) });
  });

  it('starts a machine with its host, and no longer', () => {
    const { one, found } = world();
    const command = ['virsh', '--connect', uri, 'autostart', '--domain', uuid(1)];
    assert.deepEqual(argv(enableAutostart(one, found)), [command]);
    assert.deepEqual(argv(disableAutostart(one, found)), [[...command, '--disable']]);
  });

  it('renames a template that others stand on too: they follow its path', () => {
    const { one, found } = world({ nvramFile: '/nvram/web_VARS.fd' }, [clone]);
    const plan = rename({ domain: one, name: 'site' }, found);
    const command = ['virsh', '--connect', uri, 'domrename', '--domain', uuid(1), '--new-name', 'site'];
    assert.deepEqual(argv(plan), [command]);
    assert.deepEqual(plan.steps[0]?.verify, { kind: 'named', uuid: uuid(1), name: 'site' });
    assert.match(plan.notes.join(), /web\.qcow2, web_VARS\.fd/, 'says what keeps the old name');
  });

  const running = { state: 'running' } as const;
  const saved = { baggage: { ...none, managedSave: true } };
  const refusals: readonly [string, () => unknown, RegExp][] = [
    ['reset of what is off', () => call(reset), /not running/],
    ['reset of a base', () => call(reset, running, [clone]), /base of clone/],
    ['save of what is off', () => call(save), /not running/],
    ['save of what vanishes', () => call(save, { ...running, persistent: false }), /vanishes/],
    ['discard of nothing', () => call(discardSaved), /No memory of web/],
    ['autostart of a base', () => call(enableAutostart, {}, [clone]), /base of clone/],
    ['autostart of a template', () => call(enableAutostart, { mark: { kind: 'template' } }), /only cloned/],
    [
      'autostart of what vanishes',
      () => call(enableAutostart, { ...running, persistent: false }),
      /vanishes/,
    ],
    ['rename of what runs', () => call(to('x'), running), /not switched off/],
    ['rename of what is saved', () => call(to('x'), saved), /memory is saved/],
    ['rename to a taken name', () => call(to('clone'), {}, [clone]), /already a virtual machine/],
    ['rename to digits', () => call(to('12')), /id of a running machine/],
    ['rename to nothing', () => call(to('')), /Enter a name/],
  ];
  for (const [what, build, why] of refusals) {
    it(`refuses ${what}`, () => assert.match(refusalOf(build), why));
  }
});

type Verb = (domain: Domain, found: ReturnType<typeof lineage>) => unknown;

function call(verb: Verb, rest: Partial<Domain> = {}, others: readonly Domain[] = []): unknown {
  const { one, found } = world(rest, others);
  return verb(one, found);
}

function to(name: string): Verb {
  return (one, found) => rename({ domain: one, name }, found);
}
