import assert from 'node:assert/strict';
import { XmlDraft } from '../../../src/host/xmlDraft';

describe('host/xmlDraft', () => {
  for (const text of [
    '<a/>',
    '<a b="c"><d/>text &amp; &lt;more&gt;<e f="&quot;&apos;&#10;"/> </a>',
    '<a>\n  <!-- a <b> comment -->\n  <b><![CDATA[<x> & ]] ]]></b>\n</a>',
    '<n:a xmlns:n="urn:n" n:b="1">  <n:b> two  words </n:b>\n</n:a>',
    '<a>&eacute; ñ 日本 😀 $&amp; \\</a>',
  ]) {
    it(`writes ${JSON.stringify(text)} as it was read`, () => {
      assert.equal(XmlDraft.parse(text).toString(), text);
    });
  }

  it('writes values that stood between single quotes between double ones', () => {
    assert.equal(XmlDraft.parse(`<a b='say "no"'/>`).toString(), '<a b="say &quot;no&quot;"/>');
  });

  it('escapes what it is told, and reads it back', () => {
    const hostile = `&amp; <b> "x" 'y' $& \n\t ]]> ñ`;
    const made = XmlDraft.make('a', { b: hostile }, [XmlDraft.make('c', {}, [hostile])]);
    const read = XmlDraft.parse(made.toString());
    assert.deepEqual([read.attribute('b'), read.first('c')?.text], [hostile, hostile]);
    read.text = hostile;
    assert.equal(XmlDraft.parse(read.toString()).text, hostile);
  });

  it('reads numbered characters', () => {
    assert.equal(XmlDraft.parse('<a>&#65;&#x1F600;</a>').text, 'A😀');
  });

  it('takes elements out with the blanks before them, and adds others in their place', () => {
    const draft = XmlDraft.parse('<a>\n  <b/>\n  <c/>\n  <b/>\n</a>');
    draft.removeAll('b');
    draft.addAfter('c', XmlDraft.make('d'));
    draft.ensure('c').set('x', '1');
    assert.equal(draft.toString(), '<a>\n  <c x="1"/><d/>\n</a>');
    draft.first('c')?.set('x', undefined);
    assert.equal(draft.first('c')?.toString(), '<c/>');
  });

  it('refuses what is not XML', () => {
    assert.throws(() => XmlDraft.parse('error: no such domain'));
  });
});
