import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { realpath, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

/** A generator of its own, so that a failure can be had again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

interface Level {
  readonly filename: string;
  readonly 'full-backing-filename'?: string;
}

const chains = 200;
const deepest = 8;

/** What qemu-img itself says of every image, against what the extension makes of libvirt's XML. */
describe('lineage, against qemu-img', () => {
  let lab: Lab;
  let host: LabHost;
  let images: readonly string[];
  const seed = Number(process.env.LINEAGE_SEED ?? 20_261_122);

  before(async function () {
    this.timeout(300_000);
    lab = await createLab();
    host = new LabHost(lab);
    const next = random(seed);
    const pick = <T>(items: readonly T[]) => items[Math.floor(next() * items.length)] ?? assert.fail();
    const pools = ['default', 'second', 'third'].map((name) => ({
      name,
      dir: path.join(lab.dir, name === 'default' ? 'pool' : name),
    }));
    for (const { name, dir } of pools.slice(1)) await lab.definePool(name, dir);
    const alias = path.join(lab.dir, 'alias');
    await symlink(lab.dir, alias);

    const all: string[] = [];
    const create = async (file: string, base: string | undefined) => {
      const on = base === undefined ? [] : ['-F', 'qcow2', '-b', base];
      await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', ...on, '-o', 'size=1M', file);
      all.push(file);
    };
    const depths = new Map<string | undefined, number>([[undefined, 0]]);
    for (let chain = 0; chain < chains; chain++) {
      // Some chains begin on an image of another, so that trees come about.
      const start = all.length > 0 && next() < 0.4 ? pick(all) : undefined;
      let below = start;
      const levels = 1 + Math.floor(next() * Math.min(deepest, 8));
      for (let level = 0; level < levels && (depths.get(below) ?? 0) < deepest; level++) {
        const { dir } = pick(pools);
        const file = path.join(dir, `c${chain}-${level}.qcow2`);
        await create(file, below === undefined ? undefined : named(below, dir, alias, next()));
        depths.set(file, (depths.get(below) ?? 0) + 1);
        below = file;
      }
    }
    // Some bases are lost, and some have moved and left a link.
    for (const file of all) {
      const fate = next();
      if (fate < 0.03) await rm(file);
      else if (fate < 0.06) {
        await rename(file, `${file}.moved`);
        await symlink(`${file}.moved`, file);
      }
    }
    images = all.filter((file) => existsSync(file));
  });
  after(() => lab.dispose());

  /** A base by one of its names: absolute, relative, through a link, or by a detour. */
  function named(base: string, from: string, alias: string, way: number): string {
    if (way < 0.5) return base;
    if (way < 0.65) return path.relative(from, base);
    if (way < 0.85) return path.join(alias, path.relative(lab.dir, base));
    return `${path.dirname(base)}/../${path.basename(path.dirname(base))}//${path.basename(base)}`;
  }

  it(`finds the same dependants and levels in ${chains} random chains`, async function () {
    this.timeout(300_000);
    const name = async (file: string) =>
      realpath(file).catch(async () => path.join(await realpath(path.dirname(file)), path.basename(file)));
    const below = new Map<string, string[]>();
    const whole = await wholeChains(images);
    for (const file of images) {
      const levels: string[] = [];
      for (const level of whole.get(file) ?? (await stepByStep(file))) levels.push(await name(level));
      below.set(await name(file), levels);
    }
    const above = new Map<string, Set<string>>();
    for (const [file, levels] of below)
      for (const level of levels) above.set(level, (above.get(level) ?? new Set()).add(file));

    const lineage = await host.lineage();
    assert.ok(images.length > 300, `${images.length} images (seed ${seed})`);
    for (const [file, levels] of below) {
      const chain = await Promise.all(lineage.chain(file).map(name));
      assert.deepEqual(chain, levels, `the chain of ${file} (seed ${seed})`);
    }
    const bases = new Set([...above.keys(), ...below.keys()]);
    for (const base of bases) {
      const found = await Promise.all(lineage.dependantsOf(base).map(({ volume }) => name(volume.path)));
      assert.deepEqual(
        found.sort(),
        [...(above.get(base) ?? [])].sort(),
        `the dependants of ${base} (seed ${seed})`,
      );
    }
    const counts = [...above.values()].map(({ size }) => size);
    assert.ok(Math.max(...counts) >= 3, 'the chains have branches');
    assert.ok(
      [...below.values()].some((levels) => levels.length === deepest - 1),
      'and go as deep as is asked for',
    );
  });

  /** What `--backing-chain` says, where no level is missing. */
  async function wholeChains(files: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    const lanes = [...files];
    const lane = async () => {
      for (let file = lanes.pop(); file !== undefined; file = lanes.pop()) {
        const args = ['info', '-U', '--backing-chain', '--output=json', file];
        const text = await lab.run('qemu-img', ...args).catch(() => undefined);
        if (text === undefined) continue;
        const levels = JSON.parse(text) as Level[];
        found.set(
          file,
          levels.slice(1).map(({ filename }) => filename),
        );
      }
    };
    await Promise.all([lane(), lane(), lane()]);
    return found;
  }

  /** Where a level is missing it says nothing at all, so each is asked alone; the missing one is the last. */
  async function stepByStep(file: string): Promise<string[]> {
    const levels: string[] = [];
    for (let at: string | undefined = file; at !== undefined;) {
      const text: string | undefined = await lab
        .run('qemu-img', 'info', '-U', '--output=json', at)
        .catch(() => undefined);
      at = text === undefined ? undefined : (JSON.parse(text) as Level)['full-backing-filename'];
      if (at !== undefined) levels.push(at);
    }
    return levels;
  }
});
