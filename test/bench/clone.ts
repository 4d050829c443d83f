import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parallelRuns } from '../../src/host/host';
import type { Lineage } from '../../src/lineage/lineage';
import { linkedClones, type LinkedCloneAnswers } from '../../src/plan/linkedClone';
import { Journal } from '../../src/run/journal';
import { preflight } from '../../src/run/preflight';
import { domainXml } from '../support/domainXml';
import { LabHost } from '../support/labHost';
import { crowd, type Crowd } from './crowd';
import { interleave, ratios } from './interleave';
import { rowOf } from './row';
import type { Subject } from './subject';

/** How fast clones are made, against the commands by hand: from the answers to the machines, verified. */
export const clone: Subject = {
  name: 'clone',
  async *measure(wants) {
    if (['clone.overhead', 'clone.define', 'clone.growth'].some(wants)) {
      const some = new Cloner(await crowd({ volumes: 100, domains: 100 }));
      try {
        yield* some.rows(wants);
      } finally {
        await some.dispose();
      }
    }
    if (!wants('clone.batch-20')) return;
    const many = new Cloner(await crowd({ volumes: 1000, domains: 500 }));
    try {
      await many.prepare();
      const { loop, ours } = await interleave(3, {
        // Three of twenty: each takes seconds, and as long as the others.
        loop: async () => ((await many.timed(() => many.loopByHand(3))) * 20) / 3,
        ours: () => many.timed(() => many.make('define', 20)),
      });
      yield rowOf(
        {
          id: 'clone.batch-20',
          what: '20 clones by a virt-clone loop (3, scaled) ÷ by define, at 1000/500',
          bound: 100,
          direction: 'at least',
        },
        ratios(loop, ours),
      );
    } finally {
      await many.dispose();
    }
  },
};

class Cloner {
  private readonly host: LabHost;
  private lineage!: Lineage;
  private answers!: LinkedCloneAnswers;
  private count = 0;
  private made: string[] = [];

  constructor(private readonly crowd: Crowd) {
    this.host = new LabHost(crowd.lab);
  }

  async *rows(wants: (id: string) => boolean) {
    await this.prepare();
    const times = await interleave(7, {
      byHand: () => this.timed(() => this.loopByHand(1)),
      virtClone: () => this.timed(() => this.make('virt-clone', 1)),
      bare: () => this.timed(() => this.bare()),
      define: () => this.timed(() => this.make('define', 1)),
    });
    yield rowOf(
      {
        id: 'clone.overhead',
        what: 'one clone by virt-clone ÷ the commands by hand, at 100/100',
        bound: 1.15,
      },
      ratios(times.virtClone, times.byHand),
    );
    yield rowOf(
      { id: 'clone.define', what: 'one clone by define ÷ vol-create-as and define as processes', bound: 1 },
      ratios(times.define, times.bare),
    );
    if (!wants('clone.growth')) return;
    const { ten, hundred } = await interleave(3, {
      ten: () => this.timed(() => this.make('define', 10)),
      hundred: () => this.timed(() => this.make('define', 100)),
    });
    yield rowOf({ id: 'clone.growth', what: '100 clones by define ÷ 10', bound: 12 }, ratios(hundred, ten));
  }

  /** The template is a machine on the base of all overlays. */
  async prepare(): Promise<void> {
    const { lab, paths } = this.crowd;
    const file = path.join(lab.dir, 'plantilla.xml');
    await writeFile(file, domainXml('plantilla', '66666666-6666-4666-8666-666666666666', paths[0] ?? '', {}));
    // What stands on the base has taken its first machine for itself: that one would be a second writer.
    await lab.virsh('undefine', this.crowd.machines[0] ?? '');
    await lab.virsh('define', file);
    this.lineage = await this.host.lineage();
    this.answers = await this.host.answers('plantilla', this.lineage, {});
  }

  /** Milliseconds; what is made is thrown away afterwards, outside of the time. */
  async timed(job: () => Promise<void>): Promise<number> {
    const started = performance.now();
    await job();
    const ms = performance.now() - started;
    await this.clear();
    return ms;
  }

  /** As the extension makes them: planned, looked for, written down, run, and verified. */
  async make(method: 'define' | 'virt-clone', count: number): Promise<void> {
    const names = Array.from({ length: count }, () => this.next());
    const plan = linkedClones({ ...this.answers, method, name: names[0] ?? '' }, names, this.lineage);
    await preflight(plan, this.host.host.local);
    const journal = await Journal.open(path.join(this.crowd.lab.dir, 'runs'), randomUUID(), plan);
    await this.host.runPiped(plan, {
      sideBySide: method === 'define' ? parallelRuns : 1,
      onUndo: (undo, { part }) => journal.begins(undo, part),
      onOver: (undo) => journal.over(undo),
      onDone: (part) => journal.done(part),
    });
    await journal.close();
  }

  async loopByHand(count: number): Promise<void> {
    const { lab, paths } = this.crowd;
    const [base = ''] = paths;
    for (let done = 0; done < count; done++) {
      const name = this.next();
      await lab.virsh('domblkinfo', '--domain', 'plantilla', '--device', 'vda');
      await lab.virsh('vol-dumpxml', '--vol', base);
      await this.volume(name);
      const file = path.join(lab.poolDir, `${name}.qcow2`);
      await lab.run(
        'virt-clone',
        '--original',
        'plantilla',
        '--name',
        name,
        '--file',
        file,
        '--preserve-data',
      );
    }
  }

  async bare(): Promise<void> {
    const { lab } = this.crowd;
    const name = this.next();
    const file = path.join(lab.dir, `${name}.xml`);
    const uuid = `77777777-7777-4777-8777-${String(this.count).padStart(12, '0')}`;
    await writeFile(file, domainXml(name, uuid, path.join(lab.poolDir, `${name}.qcow2`), {}));
    await this.volume(name);
    await lab.virsh('define', file);
  }

  async dispose(): Promise<void> {
    this.host.host.dispose();
    await this.crowd.lab.dispose();
  }

  private async volume(name: string): Promise<void> {
    const backing = ['--backing-vol', this.crowd.paths[0] ?? '', '--backing-vol-format', 'qcow2'];
    const size = ['--capacity', String(10 * 2 ** 30), '--format', 'qcow2'];
    await this.crowd.lab.virsh(
      'vol-create-as',
      '--pool',
      'default',
      '--name',
      `${name}.qcow2`,
      ...size,
      ...backing,
    );
  }

  private next(): string {
    const name = `bench-${++this.count}`;
    this.made.push(name);
    return name;
  }

  private async clear(): Promise<void> {
    const { lab } = this.crowd;
    const commands = this.made
      .splice(0)
      .flatMap((name) => [`undefine ${name}`, `vol-delete --pool default ${name}.qcow2`]);
    await lab.virsh(commands.join('; '));
  }
}
