import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

const name = 'unlucky';

describe('a start that fails', () => {
  let image = '';
  let base = '';

  before(async () => {
    const { clones } = await run<{ clones: { volumes: string[] }[] }>('createLinkedClone', {
      template: 'plantilla-prueba1',
      name,
      method: 'define',
    });
    image = clones[0]?.volumes[0] ?? '';
    base = image.replace(name, 'plantilla-prueba1');
  });
  after(() => run('delete', { domain: name }));

  it('says that the base is gone, and where to go', async () => {
    await rename(base, `${base}.away`);
    await fails(/The base \S*plantilla-prueba1\.qcow2 is not there any more.*"Relink"/);
    await rename(`${base}.away`, base);
  });

  it('says that the image may not be read', async () => {
    await chmod(image, 0);
    await fails(/may not read \S*unlucky\.qcow2.*chmod o\+x/);
    await chmod(image, 0o600);
  });

  it('says who writes to its image', async () => {
    const other = path.join(tmpdir(), 'other.xml');
    const xml = await virsh('dumpxml', '--inactive', name);
    await writeFile(other, xml.replace(`<name>${name}<`, '<name>thief<').replace(/<uuid>.*<\/uuid>/, ''));
    await virsh('define', other);
    await virsh('start', 'thief', '--paused');
    await fails(/unlucky\.qcow2 is in use by a machine that runs/);
    await virsh('destroy', 'thief');
    await virsh('undefine', 'thief');
  });

  it('says that a network is not active, which is in the tree', async () => {
    const network = path.join(tmpdir(), 'asleep.xml');
    await writeFile(network, "<network><name>asleep</name><bridge name='virbr9'/></network>");
    await virsh('net-define', network);
    const plugged = path.join(tmpdir(), 'plugged.xml');
    const xml = await virsh('dumpxml', '--inactive', name);
    await writeFile(
      plugged,
      xml.replace("<interface type='user'>", "<interface type='network'><source network='asleep'/>"),
    );
    await virsh('define', plugged);
    await run('refresh');
    await fails(/The network asleep is not active/);
    const { text } = await run<{ text: string }>('showXml', { network: 'asleep' });
    assert.match(text, /^<network>\n {2}<name>asleep/);
    // A session may not make bridges: what libvirt says of that is the reason.
    await assert.rejects(run('startNetwork', { network: 'asleep' }), /Start the network asleep/);
    await virsh('net-undefine', 'asleep');
  });

  async function fails(reason: RegExp): Promise<void> {
    await assert.rejects(run('start', { domain: name }), reason);
  }
});

async function virsh(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('virsh', ['--connect', 'qemu:///session', ...args]);
  return stdout;
}

async function run<T>(command: string, argument?: unknown): Promise<T> {
  return vscode.commands.executeCommand<T>(`libvirt.${command}`, argument);
}
