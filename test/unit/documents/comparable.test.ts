import assert from 'node:assert/strict';
import { comparable } from '../../../src/documents/comparable';
import { cloneDefinition } from '../../../src/plan/cloneDefinition';
import { identityOf } from '../../../src/plan/identity';
import { uuid } from '../builders';

const template = `<domain type='kvm'>
  <name>base</name>
  <uuid>${uuid(1)}</uuid>
  <title>The base</title>
  <metadata><l:template xmlns:l="urn:linked-clones:libvirt:1"/></metadata>
  <memory unit='KiB'>1048576</memory>
  <vcpu>1</vcpu>
  <os><type>hvm</type><nvram>/nvram/base_VARS.fd</nvram></os>
  <genid>${uuid(7)}</genid>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/pool/base.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
    <serial type='file'><source path='/log/base.log'/></serial>
  </devices>
</domain>
`;

const clone = cloneDefinition(template, {
  name: 'web',
  template: { name: 'base', uuid: uuid(1) },
  identity: identityOf('seed', 'web', new Set()),
  overlays: new Map([['vda', '/pool/web.qcow2']]),
  drives: 'keep',
  nvram: '/nvram/web_VARS.fd',
  memory: undefined,
  vcpus: undefined,
  mac: undefined,
});

describe('documents/comparable', () => {
  it('shows no difference between a template and its clone', () => {
    assert.equal(comparable(clone), comparable(template));
  });

  it('names nothing that only one of them has', () => {
    for (const own of ['base', 'web', uuid(1), uuid(7), '52:54:00'])
      assert.equal(comparable(clone).includes(own), false, own);
  });

  it('shows what somebody has changed, in a line of its own', () => {
    const changed = clone.replace('<vcpu>1<', '<vcpu>4<').replace('>1048576<', '>2097152<');
    const lines = comparable(template).split('\n');
    const others = comparable(changed).split('\n');
    assert.equal(others.length, lines.length);
    assert.deepEqual(
      others.filter((line, index) => line !== lines[index]).map((line) => line.trim()),
      ['<memory unit="KiB">2097152</memory>', '<vcpu>4</vcpu>'],
    );
  });

  it('keeps texts as they are written', () => {
    const noted = template.replace('<memory', "<description>a &amp; b &lt; c  'd'</description><memory");
    assert.match(comparable(noted), /^ {2}<description>a &amp; b &lt; c {2}'d'<\/description>$/m);
  });
});
