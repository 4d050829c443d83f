import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { Watch } from '../../src/host/watch';
import { LabHost } from '../support/labHost';
import { crowd, type Crowd } from './crowd';
import { heldBytes } from './heap';
import { rowOf } from './row';
import type { Subject } from './subject';

/** How a host is kept true: how soon what others do is seen, and what that costs in memory. */
export const readKept: Subject = {
  name: 'read',
  async *measure(wants) {
    const some = await crowd({ volumes: 100, domains: 100 });
    const many = wants('read.memory') ? await crowd({ volumes: 1000, domains: 500 }) : undefined;
    try {
      if (wants('read.event'))
        yield rowOf(
          {
            id: 'read.event',
            what: 'start by another virsh, its own time included, until shown, at 100/100',
            bound: 1000,
            unit: 'ms',
          },
          await eventTimes(some, 7),
        );
      if (many !== undefined)
        yield rowOf(
          {
            id: 'read.memory',
            what: 'growth of what is held over 500 refreshes, 50 of them full ÷ snapshot as bytes, at 1000/500',
            bound: 0.05,
          },
          await growths(many),
        );
    } finally {
      await many?.lab.dispose();
      await some.lab.dispose();
    }
  },
};

/** Milliseconds from the start of `virsh start` until the inventory shows the machine in its new state. */
async function eventTimes({ lab, machines }: Crowd, count: number): Promise<number[]> {
  const { host } = new LabHost(lab);
  const watch = new Watch(host, {
    program: () => ({ file: 'virsh', uri: lab.uri, env: lab.env }),
    intervalMs: () => 600_000, // events alone
  });
  watch.look(true);
  await host.refresh('all');
  await sleep(2000);
  const times: number[] = [];
  try {
    for (const uuid of machines.slice(0, count + 1)) {
      const started = performance.now();
      const shown = new Promise<number>((resolve) => {
        const stop = host.onDidChange(() => {
          const domain = host.state.inventory?.domains.find((candidate) => candidate.uuid === uuid);
          if (domain?.state === 'shutoff') return;
          stop();
          resolve(performance.now() - started);
        });
      });
      await lab.virsh('start', '--paused', '--domain', uuid);
      times.push(await shown);
      await lab.virsh('destroy', '--domain', uuid);
    }
  } finally {
    watch.dispose();
    host.dispose();
  }
  return times.slice(1);
}

/** What 500 refreshes leave on the heap, in sizes of the snapshot, told five times by a fifth of them. */
async function growths({ lab }: Crowd): Promise<number[]> {
  const { host } = new LabHost(lab);
  try {
    const refresh = async (times: number) => {
      for (let done = 0; done < times; done++) {
        const { error } = await host.refresh(done % 10 === 0 ? 'all' : 'changes');
        if (error !== undefined) throw error;
      }
      return heldBytes();
    };
    await refresh(1);
    const snapshot = serialize(host.state.inventory).length;
    let last = await refresh(100); // until all that is made once is there
    const grown: number[] = [];
    for (let fifth = 0; fifth < 5; fifth++) {
      const now = await refresh(100);
      grown.push((5 * (now - last)) / snapshot);
      last = now;
    }
    return grown;
  } finally {
    host.dispose();
  }
}
