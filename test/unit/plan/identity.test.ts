import assert from 'node:assert/strict';
import { identityOf } from '../../../src/plan/identity';

describe('plan/identity', () => {
  it('is the same each time for one seed, and another for another seed, name or purpose', () => {
    const of = (seed: string, name: string, what: string) => identityOf(seed, name, new Set()).uuid(what);
    assert.equal(of('s', 'web', 'domain'), of('s', 'web', 'domain'));
    const all = [
      of('s', 'web', 'domain'),
      of('t', 'web', 'domain'),
      of('s', 'w', 'domain'),
      of('s', 'web', 'genid'),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it('gives random UUIDs as RFC 9562 writes them', () => {
    for (let index = 0; index < 100; index++) {
      assert.match(
        identityOf('s', `web-${index}`, new Set()).uuid('domain'),
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it('gives addresses with the prefix of QEMU, never one that is taken', () => {
    const first = identityOf('s', 'web', new Set()).mac('nic');
    assert.match(first, /^52:54:00(:[0-9a-f]{2}){3}$/);
    const taken = new Set([first]);
    const second = identityOf('s', 'web', taken).mac('nic');
    assert.notEqual(second, first);
    assert.deepEqual(taken, new Set([first, second]));
  });
});
