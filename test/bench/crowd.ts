import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VirshSession } from '../../src/host/session';
import { domainXml } from '../support/domainXml';
import { createLab, type Lab } from '../support/lab';

/** How large a lab is. */
export interface Size {
  readonly volumes: number;
  readonly domains: number;
}

/** A lab full of linked clones of one template. */
export interface Crowd extends Size {
  readonly lab: Lab;
  /** UUIDs of the machines. */
  readonly machines: readonly string[];
  /** Paths of the volumes; the first is the base of all others. */
  readonly paths: readonly string[];
}

/** Makes a lab of this size: a template's base image, overlays on it, and machines on the first of these. */
export async function crowd({ volumes, domains }: Size): Promise<Crowd> {
  const lab = await createLab();
  try {
    const paths = await images(lab, volumes);
    const machines = await define(lab, paths.slice(0, domains));
    return { lab, volumes, domains, machines, paths };
  } catch (error) {
    await lab.dispose();
    throw error;
  }
}

async function images(lab: Lab, count: number): Promise<string[]> {
  const base = path.join(lab.poolDir, 'template.qcow2');
  await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', base, '10G');
  // All overlays are alike, byte for byte: one is made, the others are its copies.
  const overlay = path.join(lab.dir, 'overlay.qcow2');
  await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', overlay);
  const overlays = Array.from({ length: count - 1 }, (_, index) =>
    path.join(lab.poolDir, `clone-${String(index + 1).padStart(4, '0')}.qcow2`),
  );
  for (const file of overlays) await copyFile(overlay, file);
  await lab.virsh('pool-refresh', 'default');
  return [base, ...overlays];
}

async function define(lab: Lab, disks: readonly string[]): Promise<string[]> {
  const session = new VirshSession(() => ({ file: 'virsh', uri: lab.uri, env: lab.env }));
  const dir = path.join(lab.dir, 'definitions');
  await mkdir(dir);
  const machines: string[] = [];
  for (const [index, disk] of disks.entries()) {
    const uuid = `55555555-5555-4555-8555-${String(index).padStart(12, '0')}`;
    const file = path.join(dir, `${index}.xml`);
    await writeFile(file, domainXml(path.basename(disk, '.qcow2'), uuid, disk, {}));
    const { stderr } = await session.ask(`define ${file}`);
    if (stderr !== '') throw new Error(`${disk}: ${stderr}`);
    machines.push(uuid);
  }
  session.dispose();
  return machines;
}
