// `npm run soak [-- MINUTES]`: watches a host for some minutes while others change it, kill its daemon and look away,
// and shows that no process, no handle and no memory is left over. Outside `npm test`, because it takes its time.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Watch } from '../../src/host/watch';
import { heldBytes } from '../bench/heap';
import { crowd } from '../bench/crowd';
import { processesOf } from '../support/labProcesses';
import { LabHost } from '../support/labHost';
import { ensureSystemPackages } from '../support/systemPackages';
import { asUser } from '../support/unprivileged';

const minutes = Number(process.argv[2] ?? 3);
// The heap grows while code is compiled; a leak of one inventory a round would be many times as much.
const mostGrowth = 3 * 2 ** 20;

process.exitCode = process.geteuid?.() === 0 ? await again() : await soak();

async function again(): Promise<number> {
  await ensureSystemPackages(['libvirt']);
  const { file, args } = asUser(process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
  return (await execa(file, args, { stdio: 'inherit', reject: false })).exitCode ?? 1;
}

interface Sample {
  readonly heap: number;
  readonly handles: number;
  readonly processes: number;
}

async function soak(): Promise<number> {
  const { lab, machines } = await crowd({ volumes: 60, domains: 30 });
  const { host } = new LabHost(lab);
  const watch = new Watch(host, {
    program: () => ({ file: 'virsh', uri: lab.uri, env: lab.env }),
    intervalMs: () => 300,
  });
  const sample = async (): Promise<Sample> => {
    await sleep(17_000); // sessions that are not needed are closed
    return {
      heap: await heldBytes(),
      handles: readdirSync('/proc/self/fd').length,
      processes: processesOf(lab.dir).filter(({ program }) => program === 'virsh').length,
    };
  };
  try {
    const end = Date.now() + minutes * 60_000;
    let first: Sample | undefined;
    for (let round = 0; Date.now() < end || round < 3; round++) {
      watch.look(true);
      const uuid = machines[round % machines.length] ?? '';
      const volume = `soak-${round}.qcow2`;
      await lab.virsh('desc', '--domain', uuid, '--config', '--title', `round ${round}`);
      await lab.virsh('vol-create-as', 'default', volume, '1M', '--format', 'qcow2');
      if (round % 3 === 0) {
        await lab.virsh('start', '--paused', '--domain', uuid);
        await lab.virsh('destroy', '--domain', uuid);
      }
      if (round % 10 === 5) {
        const daemon = processesOf(lab.dir).find(({ program }) => program === 'libvirtd');
        if (daemon !== undefined) process.kill(daemon.pid, 'SIGKILL');
        await lab.virsh('uri');
      }
      await host.refresh('all');
      await until(() => {
        const { inventory, error } = host.state;
        const title = inventory?.domains.find((domain) => domain.uuid === uuid)?.title;
        const there = inventory?.pools[0]?.volumes.some(({ name }) => name === volume);
        return error === undefined && title === `round ${round}` && there === true;
      });
      await lab.virsh('vol-delete', '--pool', 'default', '--vol', volume);
      if (round % 5 === 4) watch.look(false);
      if (round === 9) {
        watch.look(true);
        first = await sample();
        console.log(`after 10 rounds: ${JSON.stringify(first)}`);
      }
    }
    watch.look(true);
    const last = await sample();
    console.log(`at the end:      ${JSON.stringify(last)}`);
    watch.dispose();
    host.dispose();
    await until(() => processesOf(lab.dir).every(({ program }) => program !== 'virsh'));
    const sound =
      first !== undefined &&
      last.processes <= first.processes &&
      last.handles <= first.handles &&
      last.heap - first.heap < mostGrowth;
    console.log(sound ? 'Nothing is left over.' : 'Something leaks.');
    return sound ? 0 : 1;
  } finally {
    watch.dispose();
    host.dispose();
    await lab.dispose();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds();) {
    if (Date.now() > end) throw new Error(`it does not come true: ${String(holds)}`);
    await sleep(50);
  }
}
