import assert from 'node:assert/strict';
import { faultLine } from '../../../src/documents/faultLine';

const before = `<domain>
  <name>web</name>
  <devices>
    <disk type='file'>
      <target dev='vda'/>
    </disk>
  </devices>
</domain>`;

describe('the line of a complaint', () => {
  it('is the changed one that has the element it names', () => {
    const after = before
      .replace('<name>web', '<name> web')
      .replace("<target dev='vda'/>", "<target dev='vda' speed='9'/>");
    assert.equal(faultLine('Invalid attribute speed for element target', before, after), 4);
  });

  it('is the changed one that has the value it names', () => {
    const after = before
      .replace('<name>web</name>', '<name>web</name>\n  <a/>')
      .replace("'vda'", "'pc-99.9'");
    assert.equal(faultLine("does not support machine type 'pc-99.9'.", before, after), 5);
  });

  it('is the first changed one where the complaint is about what holds it', () => {
    const after = before.replace('  <devices>', '  <devices>\n    <nonsense/>');
    assert.equal(faultLine('Extra element devices in interleave', before, after), 3);
  });

  it('is that of the element where nothing was changed, and the first where nothing is known', () => {
    assert.equal(faultLine('Extra element devices in interleave', before, before), 2);
    assert.equal(faultLine('something (else', before, before), 0);
  });
});
