import assert from 'node:assert/strict';
import { parseXml } from '../../../src/host/xml';
import { capture, versions } from '../captures';

describe('host/xml', () => {
  it('keeps order, attributes and text as they are', () => {
    const root = parseXml(
      `<?xml version="1.0"?>\n<a x='1'>\n <b> two </b><!-- c --><b y="02"/><d>007</d>\n</a>\n`,
    );
    assert.equal(root.name, 'a');
    assert.equal(root.attribute('x'), '1');
    assert.deepEqual(
      root.children.map(({ name }) => name),
      ['b', 'b', 'd'],
    );
    assert.equal(root.textOf('b'), ' two ');
    assert.equal(root.all('b')[1]?.attribute('y'), '02');
    assert.equal(root.textOf('d'), '007');
    assert.equal(root.textOf('d', 'e'), undefined);
    assert.equal(root.first('nothing', 'below'), undefined);
  });

  const escaped: readonly [string, string][] = [
    ['&amp;', '&'],
    ['&lt;&gt;', '<>'],
    ['&apos;&quot;', `'"`],
    ['&amp;lt;', '&lt;'],
    ['&amp;amp;', '&amp;'],
    ['&amp;#60;', '&#60;'],
    ['&amp;copy;', '&copy;'],
    ['&#233;&#xE9;é', 'ééé'],
    ['$(x) ${y} \\x41', '$(x) ${y} \\x41'],
    ['&#10;', '\n'],
    ['<![CDATA[a < b & c]]>', 'a < b & c'],
  ];
  for (const [xml, text] of escaped) {
    it(`reads the text ${xml} once and as it is`, () => {
      assert.equal(parseXml(`<n>${xml}</n>`).text, text);
      if (!xml.includes('CDATA')) assert.equal(parseXml(`<n a="${xml}"/>`).attribute('a'), text);
    });
  }

  it('reads thousands of escaped characters', () => {
    assert.equal(parseXml(`<n>${'&amp;'.repeat(5000)}</n>`).text, '&'.repeat(5000));
  });

  for (const text of ['', '   \n', 'error: no domain', '<!-- only this -->', '<?xml version="1.0"?>']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseXml(text));
    });
  }

  for (const version of versions) {
    it(`refuses a reply of libvirt ${version} that was cut off at any line`, () => {
      const lines = capture(version, 'domain/plantilla.xml').trimEnd().split('\n');
      assert.doesNotThrow(() => parseXml(lines.join('\n')));
      const accepted = lines
        .map((_, count) => lines.slice(0, count).join('\n'))
        .filter((part) => {
          try {
            parseXml(part);
            return true;
          } catch {
            return false;
          }
        });
      assert.deepEqual(
        accepted.map((part) => part.slice(part.lastIndexOf('\n') + 1)),
        [],
      );
    });
  }
});
