import type { Domain } from '../../../src/host/domain';
import type { Pool } from '../../../src/host/pool';
import type { Volume } from '../../../src/host/volume';
import { linkedClone, type LinkedCloneAnswers } from '../../../src/plan/linkedClone';
import { disk, domain, lineage, nic, pool, volume } from '../builders';

export const dir = '/var/lib/libvirt images/ñ';
export const basePath = `${dir}/base, $(x).qcow2`;

export const template = domain(1, `plan'tilla "1" & <é> $(id)`, [disk(basePath)], {
  interfaces: [nic('network', 'my net', 'virtio')],
  graphics: 'spice',
});

export interface World {
  readonly template?: Domain;
  readonly volumes?: readonly Volume[];
  readonly pools?: readonly Pool[];
  readonly domains?: readonly Domain[];
}

/** The plan for a template whose base lies in the pool `my pool`. */
export function plan(answers: Partial<LinkedCloneAnswers> = {}, world: World = {}) {
  const original = world.template ?? template;
  const pools = world.pools ?? [pool('my pool', dir, world.volumes ?? [volume(basePath)])];
  return linkedClone(
    {
      template: original,
      name: 'web',
      method: 'virt-clone',
      volumeTool: 'vol-create-as',
      pool: undefined,
      capacity: undefined,
      memory: undefined,
      vcpus: undefined,
      osinfo: undefined,
      networks: undefined,
      start: false,
      ...answers,
    },
    lineage(pools, [original, ...(world.domains ?? [])]),
  );
}
