import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { linkedClones } from '../../src/plan/linkedClone';
import { methods } from '../../src/plan/machine';
import { volumeTools } from '../../src/plan/overlay';
import type { Plan } from '../../src/plan/plan';
import { toScript } from '../../src/plan/script';
import { unmet } from '../../src/run/verify';
import { Clones } from '../support/clones';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

describe('the script of a linked clone, run by hand in bash', () => {
  let lab: Lab;
  let host: LabHost;
  let clones: Clones;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    clones = new Clones(lab, host);
    const image = (name: string) => path.join(lab.poolDir, name);
    await lab.run('qemu-img', 'create', '-q', '-f', 'raw', image('raw.img'), '8M');
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', image('uefi.qcow2'), '8M');
    await lab.virsh('pool-refresh', 'default');
    await clones.define('raw', diskOn(image('raw.img'), 'raw'));
    const nvram = path.join(lab.dir, 'uefi_VARS.fd');
    const code = `<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>`;
    const vars = `<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>${nvram}</nvram>`;
    await clones.define('uefi', diskOn(image('uefi.qcow2'), 'qcow2'), '', code + vars);
    await lab.virsh('start', 'uefi', '--paused');
    await lab.virsh('destroy', 'uefi');
    await appendFile(nvram, 'mark of uefi');
  });
  after(() => lab.dispose());

  for (const [index, method] of methods.entries()) {
    const volumeTool = volumeTools[index] ?? 'vol-create';

    it(`does what the run does, by ${method} and ${volumeTool}: on a raw base, with UEFI, for two names`, async () => {
      const raw = `raw-${method}`;
      await does(await clones.plan('raw', { name: raw, method, volumeTool }));
      assert.equal((await clones.domain(raw)).disks[0]?.format, 'qcow2');

      const uefi = `uefi-${method}`;
      await does(await clones.plan('uefi', { name: uefi, method, volumeTool }));
      const copy = path.join(lab.dir, `${uefi}_VARS.fd`);
      assert.ok((await readFile(copy)).includes('mark of uefi'));
      assert.match(await lab.virsh('dumpxml', '--inactive', uefi), new RegExp(`>${copy}<`));

      const lineage = await host.lineage();
      const names = [`one-${method}`, `two-${method}`];
      await does(linkedClones(await host.answers('uefi', lineage, { method, volumeTool }), names, lineage));
      for (const name of names) {
        const { mark } = await clones.domain(name);
        assert.deepEqual(mark, { kind: 'clone', of: (await clones.domain('uefi')).uuid });
        assert.ok((await readFile(path.join(lab.dir, `${name}_VARS.fd`))).includes('mark of uefi'));
      }
      assert.deepEqual(await clones.names('pool-list'), ['default'], 'no pool stays');
    });
  }

  /** Runs a plan as its script, and asks what the run would ask. */
  async function does(plan: Plan): Promise<void> {
    const script = path.join(lab.dir, 'script.sh');
    await writeFile(script, toScript(plan));
    await lab.run('bash', script);
    const { uri, run, local } = host.host;
    for (const { title, verify } of plan.steps)
      // libvirt knows a copy of UEFI variables only as long as their directory is a pool.
      if (verify !== undefined && verify.kind !== 'volume')
        assert.equal(await unmet(verify, { uri, run, local }), undefined, title);
  }
});

function diskOn(file: string, format: string): string {
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/><target dev='vda' bus='virtio'/></disk>`;
}
