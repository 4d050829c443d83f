import { Health } from '../../src/lineage/health';
import type { Inventory } from '../../src/host/inventory';
import type { Qcow2Header } from '../../src/host/qcow2';
import { Lineage } from '../../src/lineage/lineage';
import { templateReason } from '../../src/lineage/template';
import { disk, domain, gibibyte, inventory, overlay, pool, volume } from '../unit/builders';
import { collectGarbage } from './heap';
import { rowOf } from './row';
import type { Subject } from './subject';

const runs = 3;
const times = 10;
const attempts = 30;
// When the first image was made, in seconds since 1970.
const born = 1_700_000_000;

/** How lineage and health grow with a host, in memory: ten times the host must not take much more than ten times as long. */
export const lineageGrowth: Subject = {
  name: 'lineage',
  async *measure(wants) {
    if (!wants('lineage.growth')) return;
    await Promise.resolve();
    const small = host(1000, 500);
    const large = host(10_000, 5000);
    // Ten of the small ones make the same work as one large one, and they take turns, so that neither is measured in a
    // moment of its own. The quickest of many is taken: what else the machine does only ever adds to a time, and much
    // to that of the large one, which needs more of the processor's cache.
    const one = () => timeOf(() => look(large));
    const ten = () => timeOf(() => Array.from({ length: times }, () => look(small))) / times;
    const ratio = () => {
      const turns = Array.from({ length: attempts }, () => [one(), ten()] as const);
      return Math.min(...turns.map(([long]) => long)) / Math.min(...turns.map(([, short]) => short));
    };
    ratio();
    const ratios = Array.from({ length: runs }, ratio);
    const what = 'lineage and health of 10 000 volumes and 5 000 domains ÷ of 1 000 and 500, in memory';
    yield rowOf({ id: 'lineage.growth', what, bound: 12 }, ratios);
  },
};

/**
 * Bases with chains and branches on them, and a machine on every other image, which it knows by a link. Of each image is
 * known what the file system tells, as on a host that is this machine.
 */
function host(volumes: number, domains: number): Inventory {
  const images = Array.from({ length: volumes }, (_, index) => {
    if (index % 20 === 0) return volume(`/p/${index}`, { mode: 0o444, modified: born });
    return overlay(`/p/${index}`, `/p/${belowOf(index)}`, { modified: born + index });
  });
  const machines = Array.from({ length: domains }, (_, index) =>
    domain(index, `machine ${index}`, [disk(`/links/${index * 2}`)]),
  );
  const facts = new Map(
    images.map(({ path, backing }, index) => [
      path,
      { born: born + index, header: backing && headerOn(backing.path) },
    ]),
  );
  const realPaths = new Map(machines.map((_, index) => [`/links/${index * 2}`, `/p/${index * 2}`]));
  return { ...inventory([pool('p', '/p', images)], machines), facts, realPaths };
}

function belowOf(index: number): number {
  return index % 5 === 0 ? index - 5 : index - (index % 20);
}

function headerOn(base: string): Qcow2Header {
  return {
    version: 3,
    capacity: gibibyte,
    clusterBits: 16,
    l1: { offset: 196_608, entries: 2 },
    incompatible: 0n,
    snapshots: 0,
    backing: { name: base, format: 'qcow2' },
  };
}

/** All that the tree asks. */
function look(found: Inventory): number {
  const lineage = new Lineage(found);
  const health = new Health(lineage);
  let counted = health.findings.length;
  for (const one of found.domains) {
    counted += health.ofDomain(one).length + lineage.dependantsOfDomain(one).length;
    counted += lineage.clonesOf(one).length + (lineage.parentOf(one) === undefined ? 0 : 1);
    counted += templateReason(one, lineage, undefined) === undefined ? 0 : 1;
  }
  return counted;
}

/** Microseconds of the processor, with a heap that was empty of others' garbage before. */
function timeOf(work: () => unknown): number {
  collectGarbage();
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return user + system;
}
