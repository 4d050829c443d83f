import type { Domain } from '../../../src/host/domain';
import type { Pool } from '../../../src/host/pool';
import type { TemplateFacts } from '../../../src/host/templateFacts';
import type { Volume } from '../../../src/host/volume';
import { escapeXml } from '../../support/domainXml';
import { linkedClone, linkedClones, type LinkedCloneAnswers } from '../../../src/plan/linkedClone';
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
  readonly facts?: Partial<TemplateFacts>;
}

/** What a look at a template tells: its definition holds its disks, and whatever else is given. */
export function factsOf(of: Domain, rest: Partial<TemplateFacts> = {}, more = ''): TemplateFacts {
  const disks = of.disks.map(
    ({ device, format, readonly, shareable, source, target, type }) =>
      `<disk type='${type}' device='${device}'><driver name='qemu' type='${format ?? 'qcow2'}'/>` +
      `${source === undefined ? '' : `<source file='${escapeXml(source)}'/>`}<target dev='${target}'/>` +
      `${readonly ? '<readonly/>' : ''}${shareable ? '<shareable/>' : ''}</disk>`,
  );
  const definition = `<domain type='kvm'><name>${escapeXml(of.name)}</name><uuid>${of.uuid}</uuid><devices>${disks.join('')}${more}</devices></domain>`;
  return { definition, nvram: undefined, saved: false, ...rest };
}

/** The plan for a template whose base lies in the pool `my pool`. */
export function plan(answers: Partial<LinkedCloneAnswers> = {}, world: World = {}) {
  return linkedClone(answersFor(answers, world), lineageOf(world));
}

/** The plan for several clones of it. */
export function plans(
  names: readonly string[],
  answers: Partial<LinkedCloneAnswers> = {},
  world: World = {},
) {
  return linkedClones(answersFor(answers, world), names, lineageOf(world));
}

function lineageOf({ domains = [], pools, template: original = template, volumes }: World) {
  return lineage(pools ?? [pool('my pool', dir, volumes ?? [volume(basePath)])], [original, ...domains]);
}

function answersFor(answers: Partial<LinkedCloneAnswers>, world: World): LinkedCloneAnswers {
  const original = world.template ?? template;
  return {
    template: original,
    name: 'web',
    facts: factsOf(original, world.facts),
    method: 'virt-clone',
    volumeTool: 'vol-create-as',
    pool: undefined,
    capacity: undefined,
    memory: undefined,
    vcpus: undefined,
    osinfo: undefined,
    networks: undefined,
    mac: undefined,
    drives: 'keep',
    seed: 'seed',
    isoMaker: 'xorriso',
    start: false,
    ...answers,
  };
}
