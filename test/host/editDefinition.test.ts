import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { editDefinition } from '../../src/plan/editDefinition';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('a definition that is edited', () => {
  let lab: Lab;
  let labHost: LabHost;
  let machine: LabMachine;

  before(async () => {
    lab = await createLab();
    labHost = new LabHost(lab);
    machine = await lab.addMachine('edited');
  });
  after(async () => {
    labHost.host.dispose();
    await lab.dispose();
  });

  it('is in force, and the machine the same one', async () => {
    await edit((xml) => xml.replace(/(<vcpu[^>]*>)1/, '$12'));
    assert.match(await dumped(), /<vcpu[^>]*>2</);
    assert.deepEqual(await names(), ['edited']);
  });

  it('is not in force where the schema or QEMU refuses it', async () => {
    const before = await dumped();
    const wrong: [(xml: string) => string, RegExp][] = [
      [(xml) => xml.replace('<devices>', '<devices><nonsense/>'), /schema/],
      [(xml) => xml.replace(/machine='[^']*'/, "machine='pc-99.9'"), /pc-99\.9/],
      [(xml) => xml.replace(/<memory.*<\/memory>/, "<memory unit='KiB'>much</memory>"), /schema/],
    ];
    for (const [change, reason] of wrong) await assert.rejects(edit(change), reason);
    assert.equal(await dumped(), before);
  });

  it('never makes a second machine, which libvirt would do without a word', async () => {
    const second = (xml: string) =>
      xml.replace('<name>edited<', '<name>second<').replace(machine.uuid, randomUUID());
    await assert.rejects(edit(second), /is called "edited"/);
    const file = path.join(lab.dir, 'second.xml');
    await writeFile(file, second(await dumped()));
    await lab.virsh('define', '--validate', file);
    assert.deepEqual(await names(), ['edited', 'second']);
    await lab.virsh('undefine', 'second');
  });

  it('may be that of a machine that runs, which goes on as it is', async () => {
    await lab.virsh('start', machine.uuid, '--paused');
    await edit((xml) => xml.replace(/(<vcpu[^>]*>)\d/, '$13'));
    assert.match(await dumped(), /<vcpu[^>]*>3</);
    assert.match(await lab.virsh('dumpxml', machine.uuid), /<vcpu[^>]*>2</);
    await lab.virsh('destroy', machine.uuid);
  });

  async function edit(change: (xml: string) => string): Promise<void> {
    const before = await dumped();
    const definition = change(before);
    assert.notEqual(definition, before);
    const lineage = await labHost.lineage();
    const domain = lineage.domain(machine.uuid) ?? assert.fail('the machine is gone');
    await labHost.runPiped(editDefinition({ domain, definition }, lineage));
  }

  function dumped(): Promise<string> {
    return lab.virsh('dumpxml', '--inactive', '--security-info', machine.uuid);
  }

  async function names(): Promise<string[]> {
    return (await lab.virsh('list', '--all', '--name')).split('\n').filter((name) => name !== '');
  }
});
