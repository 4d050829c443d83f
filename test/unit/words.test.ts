import assert from 'node:assert/strict';
import { domainStates } from '../../src/host/domain';
import { sizeText } from '../../src/words/size';
import { reasonSentence, stateWord } from '../../src/words/words';

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

  it('has another word for each state and another sentence for each reason', () => {
    assert.equal(new Set(domainStates.map(stateWord)).size, domainStates.length);
    const reasons = (['marked', 'readOnly', 'name', 'base'] as const).map(reasonSentence);
    assert.equal(new Set(reasons).size, 4);
  });
});
