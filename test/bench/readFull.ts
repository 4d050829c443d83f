import { buildTree } from '../../src/explorer/buildTree';
import { Host, type HostState } from '../../src/host/host';
import { VirshConnection } from '../../src/host/virshConnection';
import { LabHost } from '../support/labHost';
import { crowd, type Crowd } from './crowd';
import { interleave, ratios } from './interleave';
import { readNaively } from './naive';
import { PythonOracle } from './pythonOracle';
import { rowOf } from './row';
import type { Subject } from './subject';

/** How fast a host is read, against libvirt's own binding for Python and against what others do. */
export const readFull: Subject = {
  name: 'read',
  async *measure(wants) {
    const few = await crowd({ volumes: 10, domains: 10 });
    const some = await crowd({ volumes: 100, domains: 100 });
    const many = await crowd({ volumes: 1000, domains: 500 });
    const readers = [few, some, many].map((each) => new Readers(each));
    const [tens, hundreds, thousands] = readers as [Readers, Readers, Readers];
    try {
      const times = await interleave(7, {
        python10: () => tens.python.time('read'),
        ours10: () => tens.readAll(),
        python100: () => hundreds.python.time('read'),
        ours100: () => hundreds.readAll(),
        python1000: () => thousands.python.time('read'),
        ours1000: () => thousands.readAll(),
        again1000: () => thousands.readAgain(),
        names: () => namesOnScreen(many),
        changed: () => thousands.readOneChanged(),
      });
      yield rowOf(
        { id: 'read.full-1000', what: 'full read ÷ python3-libvirt, at 1000/500', bound: 1.5 },
        ratios(times.ours1000, times.python1000),
      );
      yield rowOf(
        { id: 'read.again-1000', what: 'full read of what is known already ÷ python3-libvirt, at 1000/500' },
        ratios(times.again1000, times.python1000),
      );
      yield rowOf(
        { id: 'read.full-100', what: 'the same at 100/100', bound: 2.5 },
        ratios(times.ours100, times.python100),
      );
      yield rowOf(
        { id: 'read.full-10', what: 'the same at 10/10', bound: 5 },
        ratios(times.ours10, times.python10),
      );
      yield rowOf(
        { id: 'read.names', what: 'names drawn, cold ÷ python3-libvirt, at 1000/500', bound: 0.25 },
        ratios(times.names, times.python1000),
      );
      yield rowOf(
        { id: 'read.one-changed', what: 'one domain and volume changed ÷ full read', bound: 0.03 },
        ratios(times.changed, times.ours1000),
      );
      yield rowOf(
        { id: 'read.growth', what: 'time per object at 1000/500 ÷ at 100/100', bound: 1.1 },
        ratios(times.ours1000, times.ours100).map((ratio) => (ratio * 200) / 1500),
      );
      if (!wants('read.naive') && !wants('read.virtinst')) return;
      const others = await interleave(5, {
        naive: () => readNaively(many),
        ours: () => thousands.readAll(),
        virtinst: () => thousands.python.time('virtinst'),
      });
      yield rowOf(
        {
          id: 'read.naive',
          what: 'a process per object, 8 at a time ÷ ours',
          bound: 15,
          direction: 'at least',
        },
        ratios(others.naive, others.ours),
      );
      yield rowOf(
        { id: 'read.virtinst', what: 'as virt-clone reads ÷ ours', bound: 2.5, direction: 'at least' },
        ratios(others.virtinst, others.ours),
      );
    } finally {
      for (const each of readers) await each.dispose();
    }
  },
};

/** Us and Python on one lab, both with a connection that stays open. */
class Readers {
  readonly python: PythonOracle;
  private readonly labHost: LabHost;
  private readonly connection: VirshConnection;
  private changes = 0;

  constructor(private readonly crowd: Crowd) {
    const { lab } = crowd;
    this.python = new PythonOracle(lab);
    this.labHost = new LabHost(lab);
    this.connection = new VirshConnection(() => ({ file: 'virsh', uri: lab.uri, env: lab.env }));
  }

  /** Over sessions that are open, by a host that knows nothing: whatever is read has to be parsed. */
  async readAll(): Promise<void> {
    const { connection } = this;
    const host = new Host(this.crowd.lab.uri, this.labHost.host.run, {
      program: connection.program,
      askAll: (commands, options) => connection.askAll(commands, options),
      dispose: () => undefined,
    });
    this.check(await host.refresh('all'));
    host.dispose();
  }

  /** By a host that has read the same before: a text that is the same is not parsed again. */
  async readAgain(): Promise<void> {
    this.check(await this.labHost.host.refresh('all'));
  }

  private check({ inventory, error }: HostState): void {
    if (error !== undefined) throw error;
    const read = [inventory?.domains.length, inventory?.pools[0]?.volumes.length].join('/');
    if (read !== `${this.crowd.domains}/${this.crowd.volumes}`) throw new Error(`read only ${read}`);
  }

  /** Milliseconds until a domain and a volume that the extension has changed are true again. */
  async readOneChanged(): Promise<number> {
    const { lab, machines, paths } = this.crowd;
    const [uuid = '', path = ''] = [machines[7], paths[7]];
    const title = `changed ${++this.changes}`;
    await lab.virsh('desc', '--domain', uuid, '--config', '--title', title);
    const started = performance.now();
    const { inventory, error } = await this.labHost.host.reread({ domains: [uuid], volumes: [path] });
    const ms = performance.now() - started;
    if (error !== undefined) throw error;
    if (inventory?.domains.find((domain) => domain.uuid === uuid)?.title !== title)
      throw new Error('not read');
    return ms;
  }

  async dispose(): Promise<void> {
    this.connection.dispose();
    this.labHost.host.dispose();
    await this.python.dispose();
    await this.crowd.lab.dispose();
  }
}

/**
 * Milliseconds from nothing, virsh not yet started, until all machines are drawn with names and states. Nothing else is
 * started before that: events are followed when the host has told its names.
 */
async function namesOnScreen({ lab, domains }: Crowd): Promise<number> {
  const started = performance.now();
  const { host } = new LabHost(lab);
  try {
    await new Promise<void>((resolve) => {
      host.onDidChange(resolve);
      host.open();
    });
    const tree = buildTree(host, { namePattern: undefined, locale: 'en' });
    const machines = tree.children.find(({ id }) => id.endsWith('/machines'))?.children ?? [];
    const shown = new Set(machines.map(({ look }) => look.spoken)).size;
    const ms = performance.now() - started;
    if (shown !== domains) throw new Error(`${String(shown)} names, ${String(host.state.error)}`);
    return ms;
  } finally {
    host.dispose();
  }
}
