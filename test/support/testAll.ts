// `npm test [-- unit host …]`: builds, packages, runs the tiers one after the other, and ends with one line that
// sums them up. What a tier needs of the system is installed before; for root, tiers run as an ordinary user.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { debianImage } from '../guests/debianImage';
import { hostedVSCode } from './hostedVSCode';
import { sweepLabs } from './labDirectory';
import { ensureSystemPackages } from './systemPackages';
import { tiers, type Step, type Tier } from './tiers';
import { onSmallDisk } from './smallDisk';
import { asUser } from './unprivileged';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = path.resolve(import.meta.dirname, '../..');
const vsix = 'dist/libvirt-linked-clones.vsix';
const commands: Record<Exclude<Step, 'editor' | 'debian'>, [file: string, args: string[]]> = {
  build: [process.execPath, ['esbuild.mjs']],
  package: ['npm', ['run', '--silent', 'package', '--', '--out', vsix]],
};
const oneFailed: Counts = { passed: 0, failed: 1, skipped: 0 };

const steps = new Map<Step, Promise<boolean>>();

let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stopped = true;
  });

process.exitCode = await testAll(process.argv.slice(2));

async function testAll(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(
      `No such tests: ${unknown.join(', ')}. There are ${tiers.map(({ name }) => name).join(', ')}.`,
    );
    return 1;
  }
  const chosen = tiers.filter(({ name, onDemand }) =>
    names.length === 0 ? onDemand !== true : names.includes(name),
  );
  const counts: Counts[] = [];
  try {
    await ensureSystemPackages([...new Set(chosen.flatMap(({ purposes }) => purposes))]);
    for (const tier of chosen) if (!stopped) counts.push(await runTier(tier));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    counts.push(oneFailed);
  }
  await sweepLabs();
  if (stopped && !counts.some(({ failed }) => failed > 0)) counts.push(oneFailed);
  const { passed, failed, skipped } = sum(counts);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 ? 1 : 0;
}

/** Runs a step once, however many tiers want it. A tier whose step failed does not run: it would try old code. */
function done(name: Step): Promise<boolean> {
  const result = steps.get(name) ?? runStep(name);
  steps.set(name, result);
  return result;
}

async function runStep(name: Step): Promise<boolean> {
  console.log(`\n== ${name}`);
  if (name === 'editor') {
    // Its first install takes minutes, which are no tier's own.
    await hostedVSCode();
    return true;
  }
  if (name === 'debian') {
    // Files of others than the tests' ordinary user are in it.
    await debianImage();
    return true;
  }
  if (name === 'package') await rm(path.join(root, vsix), { force: true });
  const [file, args] = commands[name];
  const result = await execa(file, args, { cwd: root, stdio: 'inherit', reject: false });
  if (result.failed) console.error(`The step ${name} failed: ${result.shortMessage ?? ''}`);
  return !result.failed;
}

/** Runs a tier and reads its counts; one that fails, hangs, counts nothing or says nothing has at least one failure. */
async function runTier(tier: Tier): Promise<Counts> {
  for (const name of tier.steps) if (!(await done(name))) return oneFailed;
  console.log(`\n== ${tier.name}`);
  const started = Date.now();
  const dir = await mkdtemp(path.join(tmpdir(), 'llc-summary-'));
  const summary = path.join(dir, 'summary.json');
  const disk = tier.smallDisk === true ? await onSmallDisk(process.execPath, tier.args) : undefined;
  const { file, args } = disk ?? asUser(process.execPath, tier.args);
  const result = await execa(file, args, {
    cwd: root,
    stdio: 'inherit',
    reject: false,
    timeout: tier.limit * 1000,
    forceKillAfterDelay: 10_000,
    env: { TIER_SUMMARY: summary, ...(disk === undefined ? {} : { SMALL_DISK: disk.disk }) },
  });
  const counts = await readCounts(summary);
  await rm(dir, { recursive: true });
  if (disk !== undefined) await rm(disk.disk, { recursive: true });

  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${tier.name}: ${counts === undefined ? 'no result' : JSON.stringify(counts)}, ${seconds} s`);
  if (result.timedOut) console.error(`${tier.name} did not end within ${tier.limit} s.`);
  if (counts === undefined) return oneFailed;
  const ran = counts.passed + counts.failed > 0;
  if (!ran) console.error(`${tier.name}: no test ran.`);
  const sound = !result.failed && ran;
  return sound ? counts : { ...counts, failed: Math.max(counts.failed, 1) };
}

async function readCounts(file: string): Promise<Counts | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}

function sum(counts: readonly Counts[]): Counts {
  const total = (key: keyof Counts) => counts.reduce((before, item) => before + item[key], 0);
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') };
}
