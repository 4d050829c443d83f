import assert from 'node:assert/strict';
import { domainStates } from '../../src/host/domain';
import type { ImageFacts } from '../../src/host/imageFacts';
import type { Inventory } from '../../src/host/inventory';
import type { Qcow2Header } from '../../src/host/qcow2';
import { Lineage } from '../../src/lineage/lineage';
import { remove } from '../../src/plan/remove';
import { unseenSentence } from '../../src/words/health';
import { removalText } from '../../src/words/removal';
import { sizeText } from '../../src/words/size';
import { reasonSentence, stateWord } from '../../src/words/words';
import { domain, inventory, lineage, overlay, pool, volume } from './builders';

describe('words', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1,023 B'],
    [1024, '1 KiB'],
    [196 * 1024, '196 KiB'],
    [1.5 * 2 ** 30, '1.5 GiB'],
    [10.4 * 2 ** 30, '10 GiB'],
    [2 ** 40, '1 TiB'],
    [5000 * 2 ** 50, '5,000 PiB'],
  ] as const) {
    it(`${bytes} bytes are ${text}`, () => {
      assert.equal(sizeText(bytes, 'en'), text);
    });
  }

  it('say with their sizes what goes along with a machine', () => {
    const one = domain(1, 'a', [], { nvram: true, nvramFile: '/n/a_VARS.fd', tpm: true });
    const removal = remove(one, lineage([], [one]));
    const sizes = new Map([[one.uuid, { nvram: 540 * 1024, tpm: 20 * 1024 }]]);
    const text = removalText(removal, [one], 'en', sizes);
    assert.match(text, /\/n\/a_VARS.fd \(540 KiB\)/);
    assert.match(text, /the state of its TPM \(20 KiB\)/);
    assert.match(removalText(removal, [one], 'en'), /a_VARS.fd$/m);
  });

  it('say what could not be looked at, and nothing where all could', () => {
    const top = overlay('/p/top', '/p/base');
    const images = [pool('p', '/p', [volume('/p/base'), top])];
    const seen = inventory(images, []);
    const header: Qcow2Header = {
      version: 3,
      capacity: 2 ** 30,
      clusterBits: 16,
      l1: { offset: 0, entries: 0 },
      snapshots: 0,
      incompatible: 0n,
      backing: { name: '/p/base', format: 'qcow2' },
    };
    const facts = (known: ImageFacts['header']) => new Map([[top.path, { born: undefined, header: known }]]);
    const said = (rest: Partial<Inventory>) => unseenSentence(new Lineage({ ...seen, ...rest }));
    assert.equal(said({ facts: facts(header) }), undefined);
    assert.match(said({ facts: facts(undefined) }) ?? '', /cannot be read from here.*: 1 \(\/p\/top\)/);
    const hidden = ['/h/1', '/h/2', '/h/3', '/h/4'];
    assert.match(said({ hidden, facts: facts(header) }) ?? '', /4 \(\/h\/1, \/h\/2, \/h\/3, …\)/);
    assert.match(said({ uri: 'qemu+ssh://there/system' }) ?? '', /cannot be looked at from here/);
  });

  it('has another word for each state and another sentence for each reason', () => {
    assert.equal(new Set(domainStates.map(stateWord)).size, domainStates.length);
    const reasons = (['marked', 'readOnly', 'name', 'base'] as const).map(reasonSentence);
    assert.equal(new Set(reasons).size, 4);
  });
});
