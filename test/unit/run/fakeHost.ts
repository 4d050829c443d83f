import type { CommandSpec } from '../../../src/host/commandLine';
import { CommandError } from '../../../src/host/errors';
import type { Ended } from '../../../src/run/ended';
import type { Means } from '../../../src/run/runPlan';
import { markNamespace } from '../../../src/host/domain';
import { gibibyte, uri } from '../builders';

export interface FakeVolume {
  readonly backing?: string;
  readonly format?: string;
  readonly capacity?: number;
  /** What the header records; libvirt's XML does not show it. */
  readonly recorded?: string;
  /** The same for what it stands on and its size, where libvirt has not seen a change. */
  readonly recordedBacking?: string;
  readonly recordedCapacity?: number;
  /** The version of qcow2 in its header; 1.1 unless told. */
  readonly compat?: string;
}

export interface FakeDomain {
  readonly uuid: string;
  readonly images: readonly { readonly path: string; readonly format: string; readonly target?: string }[];
  readonly state?: number;
  /** Elements of its definition besides its disks, by where they stand. */
  readonly devices?: string;
  readonly rest?: string;
  /** GiB. */
  readonly memory?: number;
  readonly vcpus?: number;
}

/** A host in memory: virsh and qemu-img answer from it, and commands that run change it. */
export class FakeHost {
  readonly volumes = new Map<string, FakeVolume>();
  readonly domains = new Map<string, FakeDomain>();
  /** The UUIDs of the pools, by their names. */
  readonly pools = new Map<string, string>();
  /** What ran in the terminal, one line a command. */
  readonly ran: string[] = [];
  readonly asked: string[] = [];
  /** What a command does, by its first words; its exit code, or how else it ended. */
  readonly effects = new Map<string, () => number | Ended | undefined>();

  means(rest: Partial<Means> = {}): Means {
    return {
      uri,
      local: true,
      reserve: (path) => Promise.resolve(!this.volumes.has(path)),
      run: (spec) => this.answer(spec),
      header: (path) => {
        this.asked.push(`header ${path}`);
        const volume = this.volumes.get(path) ?? {};
        const { recorded = '', compat = '1.1', capacity = gibibyte } = volume;
        const name = volume.recordedBacking ?? volume.backing ?? '';
        const backing = { name, format: recorded === '' ? undefined : recorded };
        const zero = {
          capacity: volume.recordedCapacity ?? capacity,
          clusterBits: 16,
          l1: { offset: 0, entries: 0 },
          snapshots: 0,
          incompatible: 0n,
        };
        return Promise.resolve({ ...zero, version: compat === '1.1' ? 3 : 2, backing });
      },
      execute: (spec) => {
        const line = words(spec);
        this.ran.push(line);
        for (const [start, effect] of this.effects)
          if (line.startsWith(start)) return Promise.resolve(ended(effect()));
        return Promise.resolve(ended(this.apply(spec) ? 0 : 1));
      },
      ...rest,
    };
  }

  private apply({ args }: CommandSpec): boolean {
    const [, , command, , word = ''] = args;
    const mark = args[args.indexOf('--set') + 1] ?? '';
    const marked = this.domains.get(word);
    if (command === 'metadata' && marked !== undefined)
      this.domains.set(word, { ...marked, rest: `${marked.rest ?? ''}${metadata(mark)}` });
    if (command === 'vol-delete') return this.volumes.delete(word);
    if (command !== 'undefine') return true;
    for (const [name, one] of this.domains) {
      if (name === word || one.uuid === word) return this.domains.delete(name);
    }
    return false;
  }

  private answer(spec: CommandSpec): ReturnType<Means['run']> {
    this.asked.push(words(spec));
    const word = spec.args.at(-1) ?? '';
    const stdout = this.stdout(spec, word);
    if (stdout !== undefined) return Promise.resolve({ stdout, stderr: '' });
    return Promise.reject(new CommandError('gone', spec, 1, `error: failed to get '${word}'`));
  }

  private stdout({ args }: CommandSpec, word: string): string | undefined {
    const found = this.volumes.get(word);
    const command = args[2];
    if (command === 'pool-refresh') return '';
    if (command === 'pool-uuid') return this.pools.has(word) ? `${this.pools.get(word)}\n` : undefined;
    if (command === 'pool-name')
      return [...this.pools].find(([, uuid]) => uuid === word)?.map((text) => `${text}\n`)[0];
    if (command === 'domstats' && word === '--block') return [...this.domains].map(blockStats).join('\n');
    if (command === 'vol-dumpxml') return found === undefined ? undefined : volumeXml(word, found);
    const [name, one] =
      [...this.domains].find(([key, candidate]) => key === word || candidate.uuid === word) ?? [];
    if (name === undefined || one === undefined) return undefined;
    if (command === 'domstats') return `Domain: '${name}'\n  state.state=${one.state ?? 5}\n`;
    return domainXml(name, one);
  }
}

function ended(end: number | Ended | undefined): Ended {
  return typeof end === 'object' ? end : { exitCode: end, cause: '' };
}

function words({ file, args }: CommandSpec): string {
  return [file, ...(args[0] === '--connect' ? args.slice(2) : args)].join(' ');
}

function blockStats([name, { images }]: [string, FakeDomain]): string {
  const paths = images.map(({ path }, index) => `  block.${index}.path=${path}\n`);
  return `Domain: '${name}'\n  block.count=${images.length}\n${paths.join('')}`;
}

function volumeXml(path: string, { backing, format = 'qcow2', capacity = gibibyte }: FakeVolume): string {
  const below = backing === undefined ? '' : `<backingStore><path>${backing}</path></backingStore>`;
  const target = `<target><path>${path}</path><format type='${format}'/></target>`;
  return `<volume><name>${path.slice(path.lastIndexOf('/') + 1)}</name><capacity>${capacity}</capacity>${target}${below}</volume>`;
}

function domainXml(name: string, one: FakeDomain): string {
  const { uuid, images, devices = '', rest = '', memory = 2, vcpus = 2 } = one;
  const size = `<memory unit='GiB'>${memory}</memory><vcpu>${vcpus}</vcpu>`;
  const disks = images.map(
    ({ path, format, target = 'vda' }) =>
      `<disk><driver type='${format}'/><source file='${path}'/><target dev='${target}'/></disk>`,
  );
  return `<domain><name>${name}</name><uuid>${uuid}</uuid>${size}${rest}<devices>${disks.join('')}${devices}</devices></domain>`;
}

/** What `virsh metadata` leaves in a definition. */
function metadata(element: string): string {
  const marked = element.replace(/^<(\w+)/, `<linkedclones:$1 xmlns:linkedclones="${markNamespace}"`);
  return `<metadata>${marked}</metadata>`;
}
