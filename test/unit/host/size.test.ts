import assert from 'node:assert/strict';
import { bytesOf } from '../../../src/host/size';
import { parseXml } from '../../../src/host/xml';

describe('host/size', () => {
  const sizes: readonly [string, number][] = [
    ['<s>10</s>', 10],
    [`<s unit='bytes'>10</s>`, 10],
    [`<s unit='B'>10</s>`, 10],
    [`<s unit='KB'>1</s>`, 1000],
    [`<s unit='k'>1</s>`, 1024],
    [`<s unit='KiB'>1</s>`, 1024],
    [`<s unit='MB'>1</s>`, 1e6],
    [`<s unit='M'>1</s>`, 2 ** 20],
    [`<s unit='GiB'>1</s>`, 2 ** 30],
    [`<s unit='GB'>1</s>`, 1e9],
    [`<s unit='TiB'>2</s>`, 2 ** 41],
    [`<s unit='bytes'> 5 </s>`, 5],
    [`<s unit='parsec'>10</s>`, 0],
    ['<s>many</s>', 0],
    ['<s/>', 0],
  ];
  for (const [xml, bytes] of sizes) {
    it(`${xml} has ${bytes} bytes`, () => {
      assert.equal(bytesOf(parseXml(xml), 'bytes'), bytes);
    });
  }

  it('takes a missing unit as what the element means', () => {
    assert.equal(bytesOf(parseXml('<memory>2</memory>'), 'KiB'), 2048);
    assert.equal(bytesOf(undefined, 'KiB'), 0);
  });
});
