import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Domain } from '../../src/host/domain';
import { linkedClone, type LinkedCloneAnswers } from '../../src/plan/linkedClone';
import type { Plan } from '../../src/plan/plan';
import type { Lab } from './lab';
import type { LabHost } from './labHost';

/** What qemu-img says of an image. */
export interface ImageInfo {
  readonly format: string;
  readonly 'virtual-size': number;
  readonly 'full-backing-filename': string;
  readonly 'backing-filename-format': string;
}

/** Linked clones in a lab: how they are planned and made, and what became of them. */
export class Clones {
  constructor(
    private readonly lab: Lab,
    private readonly host: LabHost,
  ) {}

  async plan(of: string, wish: Partial<LinkedCloneAnswers>): Promise<Plan> {
    const lineage = await this.host.lineage();
    return linkedClone(await this.host.answers(of, lineage, wish), lineage);
  }

  async make(of: string, wish: Partial<LinkedCloneAnswers>): Promise<void> {
    await this.host.run(await this.plan(of, wish));
  }

  /** The domain of this name, as the extension reads it. */
  async domain(name: string): Promise<Domain> {
    const { domains } = (await this.host.lineage()).inventory;
    return domains.find((domain) => domain.name === name) ?? assert.fail(`There is no domain ${name}.`);
  }

  /** Defines a machine of these elements: of the domain itself, then of its devices. */
  async define(name: string, devices: string, content = '', os = ''): Promise<void> {
    const file = path.join(this.lab.dir, `${name}.xml`);
    await writeFile(
      file,
      `<domain type='qemu'><name>${name}</name>${content}<memory unit='MiB'>64</memory><vcpu>1</vcpu>
        <os><type arch='x86_64' machine='q35'>hvm</type>${os}</os><features><acpi/></features>
        <devices>${devices}<memballoon model='none'/></devices></domain>`,
    );
    await this.lab.virsh('define', file);
  }

  async image(file: string): Promise<ImageInfo> {
    return JSON.parse(await this.lab.run('qemu-img', 'info', '--output=json', '-U', file)) as ImageInfo;
  }

  /** All domains or pools of the host, by name. */
  async names(list: 'list' | 'pool-list'): Promise<string[]> {
    const lines = (await this.lab.virsh(list, '--all', '--name')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').sort();
  }
}
