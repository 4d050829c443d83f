import type { CommandSpec } from '../../../src/host/commandLine';
import { CommandError } from '../../../src/host/errors';
import type { Means } from '../../../src/run/runPlan';
import { gibibyte, uri } from '../builders';

export interface FakeVolume {
  readonly backing?: string;
  readonly format?: string;
  readonly capacity?: number;
  /** What the header records; libvirt's XML does not show it. */
  readonly recorded?: string;
  /** The version of qcow2 in its header; 1.1 unless told. */
  readonly compat?: string;
}

export interface FakeDomain {
  readonly uuid: string;
  readonly images: readonly { readonly path: string; readonly format: string }[];
  readonly state?: number;
}

/** A host in memory: virsh and qemu-img answer from it, and commands that run change it. */
export class FakeHost {
  readonly volumes = new Map<string, FakeVolume>();
  readonly domains = new Map<string, FakeDomain>();
  /** What ran in the terminal, one line a command. */
  readonly ran: string[] = [];
  readonly asked: string[] = [];
  /** What a command does, by its first words; its exit code. */
  readonly effects = new Map<string, () => number | undefined>();

  means(rest: Partial<Means> = {}): Means {
    return {
      uri,
      local: true,
      reserve: (path) => Promise.resolve(!this.volumes.has(path)),
      run: (spec) => this.answer(spec),
      header: (path) => {
        this.asked.push(`header ${path}`);
        const { recorded = '', compat = '1.1' } = this.volumes.get(path) ?? {};
        const backing = { name: '', format: recorded === '' ? undefined : recorded };
        const zero = {
          capacity: 0,
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
          if (line.startsWith(start)) return Promise.resolve(effect());
        return Promise.resolve(this.remove(spec) ? 0 : 1);
      },
      ...rest,
    };
  }

  private remove({ args }: CommandSpec): boolean {
    const [, , command, , word = ''] = args;
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
    if (command === 'vol-dumpxml') return found === undefined ? undefined : volumeXml(word, found);
    const [name, one] =
      [...this.domains].find(([key, candidate]) => key === word || candidate.uuid === word) ?? [];
    if (name === undefined || one === undefined) return undefined;
    if (command === 'domstats') return `Domain: '${name}'\n  state.state=${one.state ?? 5}\n`;
    return domainXml(name, one);
  }
}

function words({ file, args }: CommandSpec): string {
  return [file, ...(args[0] === '--connect' ? args.slice(2) : args)].join(' ');
}

function volumeXml(path: string, { backing, format = 'qcow2', capacity = gibibyte }: FakeVolume): string {
  const below = backing === undefined ? '' : `<backingStore><path>${backing}</path></backingStore>`;
  const target = `<target><path>${path}</path><format type='${format}'/></target>`;
  return `<volume><name>${path.slice(path.lastIndexOf('/') + 1)}</name><capacity>${capacity}</capacity>${target}${below}</volume>`;
}

function domainXml(name: string, one: FakeDomain): string {
  const disks = one.images.map(
    ({ path, format }) =>
      `<disk><driver type='${format}'/><source file='${path}'/><target dev='vda'/></disk>`,
  );
  return `<domain><name>${name}</name><uuid>${one.uuid}</uuid><devices>${disks.join('')}</devices></domain>`;
}
