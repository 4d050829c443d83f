import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nvramDirectory, strayNvramFiles } from '../../src/host/nvramFiles';
import { orphansOf } from '../../src/lineage/orphans';
import { removeOrphans } from '../../src/plan/removeOrphans';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('orphans on a real host', () => {
  let lab: Lab;
  let host: LabHost;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
  });
  after(() => lab.dispose());

  it('are found, and deleted by choice; what is used stays', async () => {
    const base = await lab.addMachine('base');
    const at = (name: string) => path.join(lab.poolDir, name);
    const stands = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b'];
    await lab.run('qemu-img', ...stands, base.path, at('lost.qcow2'));
    await lab.run('qemu-img', ...stands, at('lost.qcow2'), at('lost-too.qcow2'));
    await lab.run('qemu-img', ...stands, base.path, at('young.qcow2'));
    await writeFile(at('upload.bin'), 'uploaded');
    for (const name of ['lost.qcow2', 'lost-too.qcow2', 'upload.bin']) await utimes(at(name), 1e9, 1e9);

    const nvram = nvramDirectory(lab.uri, lab.env);
    assert.equal(nvram, path.join(lab.dir, 'c/libvirt/qemu/nvram'));
    await mkdir(nvram, { recursive: true });
    for (const name of ['gone', 'base']) await writeFile(path.join(nvram, `${name}_VARS.fd`), 'variables');

    const lineage = await host.lineage();
    const orphans = orphansOf(lineage, Date.now() / 1000);
    assert.deepEqual(orphans.map(({ kind, volume }) => `${kind} ${volume.name}`).sort(), [
      'media upload.bin',
      'overlay lost-too.qcow2',
      'overlay lost.qcow2',
      'young young.qcow2',
    ]);
    const stray = await strayNvramFiles(nvram, lineage.inventory.domains);
    assert.deepEqual(
      stray.map((file) => path.basename(file.path)),
      ['gone_VARS.fd'],
    );

    const volumes = orphans.filter(({ kind }) => kind === 'overlay').map(({ volume }) => volume);
    await host.run(removeOrphans({ volumes, nvram: stray, me: process.getuid?.() }, lineage));
    for (const name of ['lost.qcow2', 'lost-too.qcow2']) assert.ok(!existsSync(at(name)), name);
    for (const name of ['young.qcow2', 'upload.bin', 'base.qcow2']) assert.ok(existsSync(at(name)), name);
    assert.deepEqual(await strayNvramFiles(nvram, lineage.inventory.domains), []);
    assert.ok(existsSync(path.join(nvram, 'base_VARS.fd')));
  });
});
