import assert from 'node:assert/strict';
import { DefinitionRefusal, editDefinition } from '../../../src/plan/editDefinition';
import { InUse } from '../../../src/plan/guard';
import { disk, domain, lineage, overlay, pool, thrownBy, uuid, volume } from '../builders';

const base = volume('/pool/base.qcow2');
const top = overlay('/pool/web.qcow2', base.path);
const web = domain(1, 'web', [disk(top.path)]);
const template = domain(2, 'template-web', [disk(base.path)]);
const world = lineage([pool('default', '/pool', [base, top])], [web, template]);

const definition = `<domain type='kvm'>
  <name>web</name>
  <uuid>${uuid(1)}</uuid>
  <memory>1048576</memory>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/pool/web.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`;

describe('a definition that a person has written', () => {
  const refusal = (text: string, of = web) =>
    thrownBy(() => editDefinition({ domain: of, definition: text }, world));
  const lineIn = (text: string) => {
    const error = refusal(text);
    assert.ok(error instanceof DefinitionRefusal, error.message);
    return error.line;
  };

  it('is given to libvirt as it is, held to its schema', () => {
    const [step, ...more] = editDefinition({ domain: web, definition }, world).steps;
    assert.deepEqual(more, []);
    assert.deepEqual(step?.spec.args.slice(2), ['define', '--validate', '--file', '/dev/stdin']);
    assert.equal(step.spec.input, definition);
    assert.deepEqual(step.verify, { kind: 'machine', name: 'web', uuid: uuid(1), images: [] });
  });

  it('stays that of the same machine', () => {
    assert.equal(lineIn(definition.replace('<name>web<', '<name>other<')), 2);
    assert.equal(lineIn(definition.replace(uuid(1), uuid(9))), 3);
    assert.equal(lineIn(definition.replace(/<uuid>.*<\/uuid>/, '')), 2);
    const hidden = definition
      .replace('<domain', '<!DOCTYPE domain [<!ENTITY x "other">]>\n<domain')
      .replace('<name>web<', '<name>&x;<');
    assert.equal(lineIn(hidden), 1);
  });

  it('is XML of a domain', () => {
    assert.equal(lineIn(definition.replace('</devices>', '</device>')), 11);
    assert.match(refusal('').message, /XML/);
    assert.match(refusal('<network/>').message, /no definition of a virtual machine/);
  });

  it('gives no machine a disk to write to that others stand on', () => {
    const onBase = definition.replace(top.path, base.path);
    const error = refusal(onBase);
    assert.ok(error instanceof InUse, error.message);
    assert.match(error.message, /web/);
    const readOnly = onBase.replace('<target', '<readonly/><target');
    assert.equal(editDefinition({ domain: web, definition: readOnly }, world).steps.length, 1);
    // Of a template that has it already nothing is new: starting it is guarded.
    const own = onBase.replace('<name>web<', '<name>template-web<').replace(uuid(1), uuid(2));
    assert.equal(editDefinition({ domain: template, definition: own }, world).steps.length, 1);
  });

  it('reads no qcow2 image as raw', () => {
    assert.equal(lineIn(definition.replace("type='qcow2'", "type='raw'")), 8);
  });

  it('is none of a machine that vanishes', () => {
    assert.match(refusal(definition, { ...web, persistent: false }).message, /vanishes/);
  });
});
