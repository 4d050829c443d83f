import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { HostFiles } from '../../src/host/hostFiles';
import { readImage } from '../../src/host/looseImages';
import { makeRun, type Run } from '../../src/host/process';
import { paths } from '../support/labHost';
import { disk, domain } from '../unit/builders';

describe('images outside all pools', () => {
  let dir: string;
  let asked: string[];
  let most = 0;
  let now = 0;
  const real = makeRun(
    () => paths,
    process.env,
    () => undefined,
  );
  const run: Run = async (spec, options) => {
    asked.push(spec.args.at(-1) ?? '');
    most = Math.max(most, ++now);
    return real(spec, options).finally(() => now--);
  };

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'llc-images-'));
    await mkdir(path.join(dir, 'below'));
  });
  beforeEach(() => {
    asked = [];
    most = 0;
  });
  after(() => rm(dir, { recursive: true, force: true }));

  async function create(name: string, ...options: readonly string[]): Promise<string> {
    const file = path.join(dir, name);
    await execa('qemu-img', ['create', ...options, file, '8M']);
    return file;
  }

  it('are read from their headers as qemu-img reads them, and by it where they have none', async () => {
    const base = await create('base.qcow2', '-f', 'qcow2');
    const overlay = (...rest: readonly string[]) => ['-f', 'qcow2', '-F', 'qcow2', ...rest];
    const json = `json:${JSON.stringify({ driver: 'qcow2', file: { driver: 'file', filename: base } })}`;
    const byHeader = [
      base,
      await create('old.qcow2', '-f', 'qcow2', '-o', 'compat=0.10', '-F', 'qcow2', '-b', base),
      await create('big.qcow2', '-f', 'qcow2', '-o', 'cluster_size=2M,extended_l2=on'),
      await create('absolute.qcow2', ...overlay('-b', base)),
      await create('below/relative.qcow2', ...overlay('-b', '../base.qcow2')),
    ];
    const byQemu = [
      await create('image.raw', '-f', 'raw'),
      await create('image.vmdk', '-f', 'vmdk'),
      await create('json.qcow2', ...overlay('-b', json)),
      await create('file.qcow2', ...overlay('-b', `file:${base}`)),
    ];
    for (const file of [...byHeader, ...byQemu]) {
      const image = (await readImage(file, run)) ?? assert.fail(file);
      const { stdout } = await execa('qemu-img', ['info', '-U', '--output=json', file]);
      const info = JSON.parse(stdout) as Record<string, unknown>;
      const found = info['backing-filename-format'];
      assert.deepEqual(
        [image.format, image.capacity, image.allocation, image.backing?.format, image.path],
        [info.format, info['virtual-size'], info['actual-size'], found, file],
      );
      assert.equal(image.backing?.path, found === undefined ? undefined : base);
      assert.equal(image.mode, (await stat(file)).mode & 0o7777);
    }
    assert.deepEqual(asked, byQemu);
    assert.equal(await readImage(path.join(dir, 'nothing'), run), undefined);
    assert.deepEqual(asked, byQemu, 'no process for what is not there');
  });

  it('are asked of few processes at a time, however many they are', async () => {
    const files = await Promise.all(
      Array.from({ length: 12 }, (_, index) => create(`many-${index}.raw`, '-f', 'raw')),
    );
    const domains = files.map((file, index) => domain(index, `d${index}`, [disk(file)]));
    const { loose } = await new HostFiles(run).read({ domains, pools: [] }, 'all');
    assert.deepEqual(
      loose.map((image) => image.path),
      files,
    );
    assert.equal(asked.length, files.length);
    assert.ok(most > 1 && most <= 4, String(most));
  });
});
