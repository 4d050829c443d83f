import assert from 'node:assert/strict';
import { countWith } from '../../../src/plan/cloneNames';
import { methodFor, wishesHeeded } from '../../../src/plan/methodWishes';

describe('plan/methodWishes', () => {
  const own = { memory: 1, vcpus: 1, osinfo: 'a', networks: ['user'] };
  const wishes = { memory: 2, vcpus: 2, osinfo: 'b', networks: [] };

  it('sets back what a method passes over, so that nothing is shown that does not come', () => {
    assert.deepEqual(wishesHeeded('virt-clone', wishes, own), own);
    assert.deepEqual(wishesHeeded('define', wishes, own), { ...own, memory: 2, vcpus: 2 });
    assert.deepEqual(wishesHeeded('virt-install', wishes, own), wishes);
  });

  it('names the method that heeds a wish', () => {
    assert.deepEqual((['memory', 'vcpus', 'osinfo', 'networks'] as const).map(methodFor), [
      'define',
      'define',
      'virt-install',
      'virt-install',
    ]);
  });
});

describe('plan/cloneNames: another name', () => {
  it('leaves the number of clones, unless the name says it', () => {
    assert.deepEqual(
      [countWith('db', 3), countWith('db-{1..4}', 3), countWith('db', undefined)],
      [3, undefined, undefined],
    );
  });
});
