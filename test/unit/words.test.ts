import assert from 'node:assert/strict';
import { domainStates } from '../../src/host/domain';
import { remove } from '../../src/plan/remove';
import { removalText } from '../../src/words/removal';
import { sizeText } from '../../src/words/size';
import { reasonSentence, stateWord } from '../../src/words/words';
import { domain, lineage } from './builders';

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

  it('has another word for each state and another sentence for each reason', () => {
    assert.equal(new Set(domainStates.map(stateWord)).size, domainStates.length);
    const reasons = (['marked', 'readOnly', 'name', 'base'] as const).map(reasonSentence);
    assert.equal(new Set(reasons).size, 4);
  });
});
