import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { linkedClone, type LinkedCloneAnswers } from '../../src/plan/linkedClone';
import type { Plan } from '../../src/plan/plan';
import { faults, throughFault, type Fault } from '../support/faults';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

// Where `npm run test:faults` mounts a small tmpfs for this run alone.
const small = process.env.SMALL_DISK ?? '';

describe('whatever goes wrong while a linked clone is made', () => {
  let lab: Lab;
  let host: LabHost;
  const pool = path.join(small, 'pool');
  const filler = path.join(small, 'filler');
  let nvram: string;

  before(async () => {
    assert.notEqual(small, '', 'a small disk is mounted');
    lab = await createLab();
    host = new LabHost(lab);
    nvram = path.join(lab.dir, 'c/libvirt/qemu/nvram');
    await lab.definePool('small', pool);
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', path.join(pool, 'base.qcow2'), '64M');
    await lab.run('qemu-img', 'create', '-q', '-f', 'raw', path.join(pool, 'second.img'), '1M');
    await lab.virsh('pool-refresh', 'small');
    // Outside of all pools: virt-clone would make one there.
    const iso = path.join(lab.dir, 'media/x.iso');
    await mkdir(path.dirname(iso));
    await writeFile(iso, 'media');
    const os = `<type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'/>`;
    const disk = (format: string, name: string, target: string) =>
      `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path.join(pool, name)}'/><target dev='${target}' bus='virtio'/></disk>`;
    const file = path.join(lab.dir, 'base.xml');
    await writeFile(
      file,
      `<domain type='qemu'><name>base</name><memory unit='MiB'>64</memory><os>${os}</os><features><acpi/></features><devices>
        ${disk('qcow2', 'base.qcow2', 'vda')}${disk('raw', 'second.img', 'vdb')}
        <disk type='file' device='cdrom'><source file='${iso}'/><target dev='sda' bus='sata'/><readonly/></disk>
        </devices></domain>`,
    );
    await lab.virsh('define', file);
    await lab.virsh('start', 'base', '--paused');
    await lab.virsh('destroy', 'base');
    await copyFile(path.join(nvram, 'base_VARS.fd'), path.join(lab.dir, 'vars'));
  });

  after(async () => {
    host.host.dispose();
    await lab.dispose();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.slice(-20).join('\n'));
    host.transcript.length = 0;
  });

  // Each method with one tool, each tool with the quickest method, and what virt-clone does about drives.
  const routes: readonly Pick<LinkedCloneAnswers, 'method' | 'volumeTool' | 'drives'>[] = [
    { method: 'virt-clone', volumeTool: 'vol-create', drives: 'empty' },
    { method: 'virt-clone', volumeTool: 'qemu-img', drives: 'drop' },
    { method: 'virt-install', volumeTool: 'vol-create', drives: 'empty' },
    { method: 'define', volumeTool: 'vol-create', drives: 'empty' },
    { method: 'define', volumeTool: 'vol-create-as', drives: 'empty' },
    { method: 'define', volumeTool: 'qemu-img', drives: 'empty' },
  ];
  for (const route of routes) {
    const { method, volumeTool } = route;
    for (const fault of faults) {
      it(`${fault}, at each step of ${method} on ${volumeTool}: all is as before, and it works when repeated`, async () => {
        const planned = (name: string) => cloneOfBase({ ...route, name });
        await throughFault({ lab, host, planned, state, breaks, mends }, fault);
      });
    }
  }

  it('has steps of every kind', async () => {
    const commands = new Set<string>();
    for (const route of routes)
      for (const { spec } of (await cloneOfBase({ ...route, name: 'x' })).steps)
        commands.add(spec.file === 'virsh' ? (spec.args[2] ?? '') : spec.file);
    for (const command of ['virt-xml', 'change-media', 'detach-disk', 'pool-create', 'vol-clone', 'metadata'])
      assert.ok(commands.has(command), command);
  });

  async function cloneOfBase(wish: Partial<LinkedCloneAnswers>): Promise<Plan> {
    const lineage = await host.lineage();
    return linkedClone(await host.answers('base', lineage, wish), lineage);
  }

  async function breaks(fault: Fault): Promise<void> {
    if (fault === 'permission denied') await chmod(pool, 0o555);
    if (fault !== 'disk full') return;
    const { bavail, bsize } = await statfs(small);
    await writeFile(filler, Buffer.alloc(bavail * bsize));
  }

  async function mends(): Promise<void> {
    await chmod(pool, 0o755);
    await rm(filler, { force: true });
  }

  /** What libvirt knows, what is on disk, and the bytes of the template. */
  async function state() {
    await lab.virsh('pool-refresh', 'small');
    const names = async (...command: string[]) => (await lab.virsh(...command)).split('\n').sort();
    return {
      domains: await names('list', '--all', '--name'),
      pools: await names('pool-list', '--all', '--name'),
      volumes: await names('vol-list', '--pool', 'small'),
      files: (await readdir(pool)).sort(),
      variables: (await readdir(nvram)).sort(),
      base: await lab.hash(path.join(pool, 'base.qcow2')),
      second: await lab.hash(path.join(pool, 'second.img')),
      vars: await lab.hash(path.join(nvram, 'base_VARS.fd')),
    };
  }
});
