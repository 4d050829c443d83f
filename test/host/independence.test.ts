import assert from 'node:assert/strict';
import { chmod, copyFile, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fitOf } from '../../src/host/sameImage';
import { proofOf } from '../../src/lineage/proof';
import type { Lineage } from '../../src/lineage/lineage';
import { Health } from '../../src/lineage/health';
import { flatten } from '../../src/plan/flatten';
import { fullClone } from '../../src/plan/fullClone';
import { InUse } from '../../src/plan/guard';
import { markClone } from '../../src/plan/machine';
import type { Plan } from '../../src/plan/plan';
import { rebase } from '../../src/plan/rebase';
import { relink, relinkCandidates } from '../../src/plan/relink';
import { PlanFailure } from '../../src/run/runPlan';
import { unmet } from '../../src/run/verify';
import { createLab, type Lab, type LabMachine } from '../support/lab';
import { LabHost } from '../support/labHost';

// The guest image has a file system; before each test a clone gets contents of its own, and a copy of all that it reads.
describe('what stands on a base', () => {
  let lab: Lab;
  let host: LabHost;
  let base: LabMachine;
  const me = process.getuid?.();

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    base = await lab.addTemplate('plantilla-base');
  });
  after(() => lab.dispose());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(host.transcript.join('\n'));
    host.transcript.length = 0;
    for (const name of (await lab.virsh('list', '--all', '--name')).split('\n')) {
      if (name.trim() === '' || name === base.name) continue;
      await lab.virsh('destroy', name).catch(() => undefined);
      await lab.virsh('undefine', name);
    }
    await lab.run('find', lab.poolDir, '-type', 'f', '!', '-name', path.basename(base.path), '-delete');
    await lab.virsh('pool-refresh', 'default');
  });

  const at = (name: string) => path.join(lab.poolDir, name);
  const volume = (lineage: Lineage, file: string) => lineage.volume(file) ?? assert.fail(`no ${file}`);
  const machine = ({ inventory }: Lineage, name: string) =>
    inventory.domains.find((one) => one.name === name) ?? assert.fail(`no ${name}`);

  /** A clone with changes of its own, where the guest's file systems are not: between its boot code and them. */
  async function addClone(name: string, on = base.path): Promise<string> {
    const overlay = at(`${name}.qcow2`);
    await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', on, overlay);
    const writes = ['write -P 7 512k 128k', 'write -P 9 700k 4k', 'write -P 9 900k 512'].flatMap((one) => [
      '-c',
      one,
    ]);
    await lab.run('qemu-io', '-f', 'qcow2', ...writes, overlay);
    await lab.virsh('pool-refresh', 'default');
    const original = ['--original', base.name, '--name', name, '--file', overlay, '--preserve-data'];
    await lab.run('virt-clone', '--connect', lab.uri, ...original, '--check', 'path_in_use=off');
    await lab.virsh('metadata', name, '--uri', 'urn:linked-clones:libvirt:1', '--remove', '--config');
    return overlay;
  }

  async function copyOf(file: string): Promise<string> {
    const copy = path.join(lab.dir, `${path.basename(file)}.copy`);
    await lab.run('qemu-img', 'convert', '-O', 'qcow2', file, copy);
    return copy;
  }

  async function sameContents(file: string, copy: string): Promise<void> {
    await lab.run('qemu-img', 'compare', '-f', 'qcow2', '-F', 'qcow2', file, copy);
    await lab.run('qemu-img', 'check', '-q', file);
  }

  async function backingOf(file: string): Promise<string | undefined> {
    const info = JSON.parse(await lab.run('qemu-img', 'info', '-U', '--output=json', file)) as Record<
      string,
      string
    >;
    return info['full-backing-filename'];
  }

  /** Starts a guest for the nth time, which finds what its first start has written to its file system. */
  async function boots(name: string, nth = 1): Promise<void> {
    await lab.virsh('start', name);
    await isUp(name, nth);
    await lab.virsh('destroy', name);
  }

  async function isUp(name: string, nth: number): Promise<void> {
    const line = await lab.waitForReady(name, 110_000);
    assert.match(line, new RegExp(`READY boots=${nth} .* data=ok `));
  }

  describe('is made independent', () => {
    const ofMachine = (lineage: Lineage, name: string) =>
      flatten({ domains: [machine(lineage, name)], volumes: [], me }, lineage);

    it('while it is off, with all it reads, and boots without its base', async () => {
      const overlay = await addClone('clone');
      await boots('clone');
      const copy = await copyOf(overlay);
      await host.run(ofMachine(await host.lineage(), 'clone'));
      assert.equal(await backingOf(overlay), undefined);
      await sameContents(overlay, copy);
      const lineage = await host.lineage();
      assert.deepEqual(lineage.dependantsOf(base.path), []);
      assert.throws(() => ofMachine(lineage, 'clone'), /independent already/);
      await rename(base.path, `${base.path}.away`);
      await boots('clone', 2).finally(() => rename(`${base.path}.away`, base.path));
    });

    it('while it runs', async () => {
      const overlay = await addClone('clone');
      const copy = await copyOf(overlay);
      await lab.virsh('start', 'clone', '--paused');
      await host.run(ofMachine(await host.lineage(), 'clone'));
      assert.equal(await backingOf(overlay), undefined);
      await lab.virsh('destroy', 'clone');
      await sameContents(overlay, copy);
    });

    it('while its guest works, which goes on, and finds all again without its base', async () => {
      const overlay = await addClone('clone');
      const { spec } = markClone(lab.uri, 'clone', base.uuid, []);
      await lab.run(spec.file, ...spec.args);
      await boots('clone');
      await lab.virsh('start', 'clone');
      await isUp('clone', 2);
      await host.run(ofMachine(await host.lineage(), 'clone'));
      assert.equal(await backingOf(overlay), undefined);
      assert.equal(machine(await host.lineage(), 'clone').mark, undefined);
      await isUp('clone', 2);
      await lab.virsh('destroy', 'clone');
      assert.equal(machine(await host.lineage(), 'clone').mark, undefined);
      await lab.run('qemu-img', 'check', '-q', overlay);
      await rename(base.path, `${base.path}.away`);
      await boots('clone', 3).finally(() => rename(`${base.path}.away`, base.path));
    });

    it('with its own clones at once, what stands highest first', async () => {
      const overlay = await addClone('clone');
      const above = await addClone('above', overlay);
      const copies = [await copyOf(overlay), await copyOf(above)];
      const lineage = await host.lineage();
      const domains = [machine(lineage, 'clone'), machine(lineage, 'above')];
      await host.run(flatten({ domains, volumes: [], me }, lineage));
      assert.deepEqual([await backingOf(overlay), await backingOf(above)], [undefined, undefined]);
      await sameContents(overlay, copies[0] ?? '');
      await sameContents(above, copies[1] ?? '');
    });

    for (const running of [false, true]) {
      it(`not by a run that is cancelled while it ${running ? 'runs' : 'is off'}: it stands and reads as before`, async () => {
        const overlay = await addClone('clone');
        const copy = await copyOf(overlay);
        if (running) await lab.virsh('start', 'clone', '--paused');
        const controller = new AbortController();
        const plan = ofMachine(await host.lineage(), 'clone');
        const cancel = (title: string) => {
          if (title === plan.steps[0]?.title) setTimeout(() => controller.abort(), 15);
          return Promise.resolve();
        };
        await assert.rejects(
          host.run(plan, controller.signal, cancel),
          (error) => error instanceof PlanFailure && error.cancelled,
        );
        if (running) {
          assert.match(
            await lab.virsh('blockjob', 'clone', 'vda', '--info').catch((error: unknown) => String(error)),
            /No current block job/,
          );
          await lab.virsh('destroy', 'clone');
        }
        await sameContents(overlay, copy);
      });
    }

    it('not where snapshots in it would lose what they read below, whether a machine knows of them or not', async () => {
      const overlay = await addClone('clone');
      await lab.virsh('snapshot-create-as', 'clone', 'kept');
      const bare = at('bare.qcow2');
      await copyFile(overlay, bare);
      const version = at('version2.qcow2');
      await copyFile(base.path, version);
      const lineage = await host.lineage();
      assert.throws(() => ofMachine(lineage, 'clone'), /clone in it \(kept\).*virsh snapshot-delete/);
      const images = [volume(lineage, bare)];
      assert.throws(() => flatten({ domains: [], volumes: images, me }, lineage), /qemu-img snapshot -d/);
      assert.throws(
        () => rebase({ images, base: volume(lineage, version), now: 1, me }, lineage),
        /qemu-img snapshot -d/,
      );
      await lab.virsh('start', 'clone', '--paused');
      const running = await host.lineage();
      assert.throws(() => ofMachine(running, 'clone'), /virsh snapshot-delete/);
      await lab.virsh('destroy', 'clone');
      await lab.virsh('snapshot-delete', 'clone', 'kept');
      await host.run(ofMachine(await host.lineage(), 'clone'));
      assert.equal(await backingOf(overlay), undefined);
    });

    it('not where the room is too little, nor under what stands on it', async () => {
      const overlay = await addClone('clone');
      const lineage = await host.lineage();
      const needed = new Map([[overlay, 2 ** 60]]);
      assert.throws(
        () => flatten({ domains: [machine(lineage, 'clone')], volumes: [], needed, me }, lineage),
        /too little room/,
      );
      await addClone('grandchild', overlay);
      const later = await host.lineage();
      assert.throws(() => ofMachine(later, 'clone'), InUse);
      await host.run(ofMachine(later, 'grandchild'));
      assert.equal(await backingOf(at('grandchild.qcow2')), undefined);
    });
  });

  describe('is rebased', () => {
    async function newVersion(): Promise<string> {
      const version = at('version2.qcow2');
      await copyFile(base.path, version);
      await chmod(version, 0o644);
      await lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 5 0 2M', '-c', 'write -P 5 60M 2M', version);
      await chmod(version, 0o444);
      return version;
    }

    it('onto another version, one and all of a template, with its contents', async () => {
      const overlays = [await addClone('one'), await addClone('two')];
      await boots('one');
      const copies = await Promise.all(overlays.map(copyOf));
      const version = await newVersion();
      const lineage = await host.lineage();
      const images = overlays.map((file) => volume(lineage, file));
      const now = Date.now() / 1000;
      await host.run(rebase({ images, base: volume(lineage, version), now, me }, lineage));
      for (const [index, overlay] of overlays.entries()) {
        assert.equal(await backingOf(overlay), version);
        await sameContents(overlay, copies[index] ?? '');
      }
      await sameContents(base.path, await copyOf(base.path));
      // The new version is younger than the overlays, and that is no sign of damage.
      const health = new Health(await host.lineage());
      assert.deepEqual(
        overlays.flatMap((file) => health.ofImage(file)),
        [],
      );
      await boots('one', 2);
    });

    it('and back where a later step fails', async () => {
      const overlay = await addClone('one');
      const copy = await copyOf(overlay);
      const version = await newVersion();
      const lineage = await host.lineage();
      const before = await lab.virsh('dumpxml', 'one');
      const plan = rebase(
        { images: [volume(lineage, overlay)], base: volume(lineage, version), now: 1, me },
        lineage,
      );
      const broken: Plan = {
        ...plan,
        steps: plan.steps.map((step, index) =>
          index < plan.steps.length - 1
            ? step
            : { ...step, verify: { kind: 'standsOn', path: overlay, backing: '/no' } as const },
        ),
      };
      await assert.rejects(host.run(broken), PlanFailure);
      assert.equal(await backingOf(overlay), base.path);
      await sameContents(overlay, copy);
      assert.equal(
        (await lab.virsh('dumpxml', 'one')).replace('  <metadata/>\n', ''),
        before.replace('  <metadata/>\n', ''),
      );
    });

    it('never onto itself, what stands on it, or without its base', async () => {
      const overlay = await addClone('one');
      const above = await addClone('above', overlay);
      const lineage = await host.lineage();
      const onto = (image: string, target: string) =>
        rebase({ images: [volume(lineage, image)], base: volume(lineage, target), now: 1, me }, lineage);
      assert.throws(() => onto(overlay, above), InUse);
      assert.throws(() => onto(above, overlay), /already/);
      assert.throws(() => onto(above, above), /larger or stands on it itself/);
    });
  });

  describe('is relinked', () => {
    const proofFor = async (lineage: Lineage, image: string, candidate: string) =>
      proofOf(
        volume(lineage, image),
        volume(lineage, candidate),
        await fitOf(image, [candidate, ...lineage.chain(candidate)]),
        lineage,
      );

    /** A template of its own with a clone, whose base is then moved. */
    async function moved(
      before: (overlay: string) => Promise<unknown> = () => Promise.resolve(),
    ): Promise<{ overlay: string; copy: string; to: string }> {
      const own = await lab.addMachine('own');
      const overlay = await addClone('clone', own.path);
      await before(overlay);
      const copy = await copyOf(overlay);
      const to = at('elsewhere.qcow2');
      await rename(own.path, to);
      return { overlay, copy, to };
    }

    it('to where its base is now, after proof, with its contents', async () => {
      const { overlay, copy, to } = await moved(() => boots('clone'));
      const lineage = await host.lineage();
      assert.deepEqual(
        new Health(lineage).ofImage(overlay).map(({ fault }) => fault),
        ['baseMissing'],
      );
      const candidates = relinkCandidates(volume(lineage, overlay), lineage).map((one) => one.path);
      assert.ok(candidates.includes(to), candidates.join());
      assert.equal(await proofFor(lineage, overlay, to), 'same');
      const plan = relink(
        { image: volume(lineage, overlay), base: volume(lineage, to), now: 1, me },
        lineage,
      );
      await host.run(plan);
      assert.equal(await backingOf(overlay), to);
      await sameContents(overlay, copy);
      await boots('clone', 2);
    });

    it('never to an image with other contents, though its size is the same', async () => {
      const { overlay } = await moved();
      const other = at('other.qcow2');
      await lab.run('qemu-img', 'create', '-q', '-f', 'qcow2', other, '128M');
      await lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 3 0 128M', other);
      const lineage = await host.lineage();
      assert.equal(await proofFor(lineage, overlay, other), 'otherContents');
    });

    it('to its base by what was noted of it, never to an older version, which has most of its contents', async () => {
      const own = await lab.addMachine('own');
      await lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 4 256k 256k', own.path);
      const older = at('older.qcow2');
      await lab.run('cp', '--preserve=timestamps', own.path, older);
      await lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 5 256k 256k', own.path);
      const overlay = await addClone('clone', own.path);
      for (const piece of ['260k 512', '330k 512', '400k 512', '460k 512'])
        await lab.run('qemu-io', '-f', 'qcow2', '-c', `write -P 6 ${piece}`, overlay);
      await boots('clone');
      const before = await host.lineage();
      const to = at('elsewhere.qcow2');
      await rename(own.path, to);
      const without = await host.lineage();
      assert.equal(await proofFor(without, overlay, older), 'unknown');
      const { spec } = markClone(lab.uri, 'clone', own.uuid, [volume(before, own.path)]);
      await lab.run(spec.file, ...spec.args);
      const lineage = await host.lineage();
      assert.equal(await proofFor(lineage, overlay, older), 'older');
      assert.equal(await proofFor(lineage, overlay, to), 'same');
      await lab.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 7 100M 512', to);
      assert.equal(await proofFor(await host.lineage(), overlay, to), 'newer');
    });

    it('to a base whose clusters are packed, as those of cloud images are', async () => {
      const packed = at('packed.qcow2');
      await lab.run('qemu-img', 'convert', '-c', '-O', 'qcow2', base.path, packed);
      const overlay = await addClone('clone', packed);
      await boots('clone');
      const fit = await fitOf(overlay, [packed]);
      assert.deepEqual(fit, await fitOf(overlay, [base.path]));
      assert.ok(fit !== undefined && fit.same > 16, JSON.stringify(fit));
      const to = at('elsewhere.qcow2');
      await rename(packed, to);
      assert.equal(await proofFor(await host.lineage(), overlay, to), 'same');
    });

    it('to the base it has without hiding that it was written to since', async () => {
      const overlay = await addClone('clone');
      const { spec } = markClone(lab.uri, 'clone', base.uuid, []);
      await lab.run(spec.file, ...spec.args);
      const own = at('own.qcow2');
      await copyFile(base.path, own);
      await lab.run('qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', own, overlay);
      await lab.run('touch', '-d', `@${Date.now() / 1000 + 100}`, own);
      const changed = async () => new Health(await host.lineage()).ofImage(overlay).map(({ fault }) => fault);
      assert.ok((await changed()).includes('baseChanged'));
      const lineage = await host.lineage();
      await host.run(
        relink({ image: volume(lineage, overlay), base: volume(lineage, own), now: 2 ** 40, me }, lineage),
      );
      assert.ok((await changed()).includes('baseChanged'));
    });

    it('not without a person to an image that was written to since: another version', async () => {
      const { overlay, to } = await moved();
      const later = Date.now() / 1000 + 100;
      await lab.run('touch', '-d', `@${later}`, to);
      assert.equal(await proofFor(await host.lineage(), overlay, to), 'newer');
    });

    it('below what stands on it in turn, which is off, though it is read-only: so it is afterwards', async () => {
      const { overlay, copy, to } = await moved((file) => addClone('above', file));
      const above = at('above.qcow2');
      await chmod(overlay, 0o444);
      const { mtimeMs } = await stat(overlay);
      const lineage = await host.lineage();
      await host.run(
        relink({ image: volume(lineage, overlay), base: volume(lineage, to), now: 1, me }, lineage),
      );
      assert.equal(await backingOf(overlay), to);
      const after = await stat(overlay);
      assert.equal(after.mode & 0o777, 0o444);
      assert.ok(Math.abs(after.mtimeMs - mtimeMs) < 0.1, `${after.mtimeMs} ${mtimeMs}`);
      await sameContents(overlay, copy);
      const health = new Health(await host.lineage());
      assert.deepEqual([...health.ofImage(above), ...health.ofImage(overlay)], []);
      await boots('above');
    });

    it('and back where a later step fails below what stands on it, read-only again', async () => {
      const { overlay, to } = await moved((file) => addClone('above', file));
      await chmod(overlay, 0o444);
      const [former, hash] = [await backingOf(overlay), await lab.hash(overlay)];
      const lineage = await host.lineage();
      const plan = relink(
        { image: volume(lineage, overlay), base: volume(lineage, to), now: 1, me },
        lineage,
      );
      const last = plan.steps.length - 1;
      const steps = plan.steps.map((step, index) =>
        index === last ? { ...step, verify: { kind: 'noVolume', path: overlay } as const } : step,
      );
      await assert.rejects(host.run({ ...plan, steps }), PlanFailure);
      assert.equal(await backingOf(overlay), former);
      assert.equal((await stat(overlay)).mode & 0o777, 0o444);
      assert.equal(await lab.hash(overlay), hash);
    });

    it('not below what runs on it', async () => {
      const { overlay, to } = await moved(async (file) => {
        await addClone('above', file);
        await lab.virsh('start', 'above', '--paused');
      });
      const lineage = await host.lineage();
      assert.throws(
        () => relink({ image: volume(lineage, overlay), base: volume(lineage, to), now: 1, me }, lineage),
        /in use by above/,
      );
    });

    it('to the base it has, where its header lacks the format or has a relative name', async () => {
      const overlay = at('clone.qcow2');
      await lab.run(
        'qemu-img',
        'create',
        '-q',
        '-f',
        'qcow2',
        '-F',
        'qcow2',
        '-b',
        path.basename(base.path),
        overlay,
      );
      const bytes = await readFile(overlay);
      bytes.writeUInt32BE(0x1234, bytes.indexOf(Buffer.from('e2792aca', 'hex')));
      await writeFile(overlay, bytes);
      const lineage = await host.lineage();
      assert.deepEqual(
        new Health(lineage).ofImage(overlay).map(({ fault }) => fault),
        ['formatUnrecorded', 'relativePath'],
      );
      await host.run(
        relink({ image: volume(lineage, overlay), base: volume(lineage, base.path), now: 1, me }, lineage),
      );
      assert.deepEqual(new Health(await host.lineage()).ofImage(overlay), []);
    });

    it('and back where a later step fails, and not at all where trying it fails', async () => {
      const { overlay, to } = await moved();
      const lineage = await host.lineage();
      const plan = relink(
        { image: volume(lineage, overlay), base: volume(lineage, to), now: 1, me },
        lineage,
      );
      const former = await backingOf(overlay);
      const broken: Plan = {
        ...plan,
        steps: plan.steps.map((step, index) =>
          index === 1 ? { ...step, verify: { kind: 'noVolume', path: overlay } as const } : step,
        ),
      };
      await assert.rejects(host.run(broken), PlanFailure);
      assert.equal(await backingOf(overlay), former);
      await rm(to);
      const hash = await lab.hash(overlay);
      await assert.rejects(
        host.run(plan),
        (error) => error instanceof PlanFailure && error.step === plan.steps[0],
      );
      assert.equal(await lab.hash(overlay), hash);
    });
  });

  it('is copied as a whole: a full clone has the contents, no base and no mark, and boots', async () => {
    const overlay = await addClone('clone');
    const lineage = await host.lineage();
    await host.run(fullClone({ original: machine(lineage, 'clone'), name: 'full' }, lineage));
    assert.equal(await backingOf(at('full.qcow2')), undefined);
    await sameContents(at('full.qcow2'), await copyOf(overlay));
    const template = fullClone({ original: machine(lineage, base.name), name: 'copy' }, lineage);
    await host.run(template);
    const copy = machine(await host.lineage(), 'copy');
    assert.equal(copy.mark, undefined);
    const { uri, run, local } = host.host;
    const marked = (domain: string) => unmet({ kind: 'unmarked', domain }, { uri, run, local });
    assert.match((await marked(base.name)) ?? '', /mark/);
    assert.equal(await marked('copy'), undefined);
    await boots('copy');
  });

  it('is not copied half: what a cancelled full clone has made is gone', async () => {
    const lineage = await host.lineage();
    const plan = fullClone({ original: machine(lineage, base.name), name: 'half' }, lineage);
    const controller = new AbortController();
    const cancel = () => {
      setTimeout(() => controller.abort(), 1500);
      return Promise.resolve();
    };
    await assert.rejects(
      host.run(
        {
          ...plan,
          steps: plan.steps.map((step) => ({
            ...step,
            verify: { kind: 'noDomain', uuid: base.uuid } as const,
          })),
        },
        controller.signal,
        cancel,
      ),
      PlanFailure,
    );
    const later = await host.lineage();
    assert.deepEqual(
      later.inventory.domains.map(({ name }) => name),
      [base.name],
    );
    assert.deepEqual(
      later.inventory.pools.flatMap(({ volumes }) => volumes.map(({ path: file }) => file)),
      [base.path],
    );
  });
});
