import assert from 'node:assert/strict';
import type { Domain } from '../../../src/host/domain';
import type { IsoMaker } from '../../../src/host/isoMaker';
import { hostNameOf, hostNameProblem, seedFiles, userNameProblem } from '../../../src/plan/cloudInit';
import { remove } from '../../../src/plan/remove';
import { disk, domain, lineage, pool, uuid, volume } from '../builders';
import { basePath, dir, plan, plans, template } from './cloneWorld';
import { argv, refusalOf } from './plans';

const nobody = { hostName: undefined, user: undefined, sshKeys: [], userData: undefined };

describe('plan/cloudInit', () => {
  it('calls the host as its machine, as far as a host can be called so', () => {
    assert.equal(hostNameOf('Plantilla ñandú_01'), 'plantilla-nandu-01');
    assert.equal(hostNameOf('-- $(x) --'), 'x');
    assert.equal(hostNameProblem('web-1.example.org'), undefined);
    for (const name of ['', '-web', 'web_1', 'a..b', 'x'.repeat(64)])
      assert.notEqual(hostNameProblem(name), undefined, name);
    assert.match(
      refusalOf(() => seedFiles(nobody, '日本', 'id')),
      /host cannot be called ""/,
    );
  });

  it('takes the names of users that useradd takes', () => {
    assert.equal(userNameProblem('ana_1'), undefined);
    for (const name of ['Ana', '1a', 'a b', '']) assert.notEqual(userNameProblem(name), undefined, name);
  });

  it('writes JSON, in which no key and no name can say more than it is', () => {
    const key = `ssh-rsa A me"\n  - evil: \u2028 'x' #`;
    const files = seedFiles({ ...nobody, sshKeys: [key] }, 'Web"\nruncmd: [x]', 'id');
    const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
    assert.equal(parse(files.metaData)['local-hostname'], 'web-runcmd-x');
    assert.deepEqual(parse(files.userData.replace(/^.*\n/, '')).ssh_authorized_keys, [key]);
  });

  it('gives the keys to the user, or to the one of the image', () => {
    const config = (user: string | undefined) => {
      const { userData } = seedFiles({ ...nobody, user, sshKeys: ['ssh-rsa A'] }, 'web', 'id');
      assert.match(userData, /^#cloud-config\n/);
      return JSON.parse(userData.replace(/^.*\n/, '')) as Record<string, unknown>;
    };
    assert.deepEqual(config(undefined).ssh_authorized_keys, ['ssh-rsa A']);
    const [user] = config('ana').users as Record<string, unknown>[];
    assert.deepEqual([user?.name, user?.ssh_authorized_keys], ['ana', ['ssh-rsa A']]);
  });

  it('adds what a person has written as a part of its own, unchanged', () => {
    const more = '#cloud-config\npackages: [ñ]\n';
    const { userData } = seedFiles({ ...nobody, userData: more }, 'web', 'id');
    const boundary = /boundary="(.*)"/.exec(userData)?.[1] ?? assert.fail(userData);
    const parts = userData.split(`--${boundary}`);
    assert.equal(parts.length, 4);
    assert.ok(parts[2]?.includes(`\n\n${more}`));
    assert.match(
      refusalOf(() => seedFiles({ ...nobody, userData: 'packages: [x]' }, 'web', 'id')),
      /does not know what this user-data is/,
    );
  });
});

describe('plan/cloneSeed', () => {
  const child = (answers: Parameters<typeof plan>[0], mark: Domain['mark'], device = 'disk') => {
    const disks = [
      disk(basePath),
      { ...disk(`${dir}/old-cidata.iso`), target: 'vdb', readonly: true, device },
    ];
    return argv(plan(answers, { template: { ...template, disks, mark } })).map((words) => words.join(' '));
  };
  const seed = `${dir}/web-cidata.iso`;

  it('makes the volume before the machine and attaches it before the start', () => {
    const commands = argv(plan({ method: 'define', cloudInit: nobody, start: true })).map(
      ([file, ...args]) => (file === 'virsh' ? args[2] : file),
    );
    assert.deepEqual(commands.slice(-10), [
      ...['install', 'install', 'install', 'xorriso', 'vol-create-as', 'vol-upload', 'rm'],
      ...['define', 'attach-device', 'start'],
    ]);
  });

  it('is a read-only disk on virtio, a CD-ROM elsewhere, behind all other disks', () => {
    const attached = (bus: string, targets: readonly string[]) => {
      const disks = targets.map((target) => ({ ...disk(basePath), bus, target }));
      const { steps } = plan(
        { cloudInit: nobody, method: 'define' },
        { template: { ...template, disks: disks.slice(0, 1) } },
      );
      return steps.at(-1)?.spec.input ?? '';
    };
    assert.match(
      attached('virtio', ['vda']),
      /device="disk"[\s\S]*dev="vdb" bus="virtio"[\s\S]*<readonly\/>/,
    );
    assert.match(attached('virtio', ['vdc']), /dev="vdd"/);
    assert.match(attached('sata', ['sda']), /device="cdrom"[\s\S]*dev="sdb" bus="sata"/);
  });

  it('is made by what there is here, and refused where there is nothing', () => {
    const maker = (isoMaker: IsoMaker) =>
      argv(plan({ cloudInit: nobody, isoMaker }))
        .find(([file]) => file === isoMaker)
        ?.slice(1, 4);
    assert.deepEqual(maker('xorriso')?.slice(0, 3), ['-as', 'mkisofs', '-o']);
    assert.equal(maker('genisoimage')?.[0], '-o');
    assert.match(
      refusalOf(() => plan({ cloudInit: nobody, isoMaker: undefined })),
      /Install the package xorriso/,
    );
    assert.ok(plan({ isoMaker: undefined }).steps.length > 0);
  });

  it('does not go over to a clone of the clone or template that it was made for', () => {
    const seed = `${dir}/old-cidata.iso`;
    const drops = (commands: readonly string[]) =>
      commands.filter((line) => line.includes('detach-disk') && line.includes('--target vdb'));
    for (const mark of [
      { kind: 'clone', of: uuid(9), seed },
      { kind: 'template', seed },
    ] as const) {
      for (const cloudInit of [undefined, nobody])
        for (const method of ['virt-clone', 'define'] as const)
          assert.equal(drops(child({ method, cloudInit }, mark)).length, 1, `${mark.kind} ${method}`);
      assert.equal(drops(child({ method: 'virt-install' }, mark)).length, 0);
      // With the drives it has gone already.
      assert.equal(drops(child({ method: 'define', drives: 'drop' }, mark, 'cdrom')).length, 0);
    }
    assert.equal(drops(child({}, { kind: 'clone', of: uuid(9) })).length, 0);
  });

  it('is refused where its name is taken, and one host name for several clones', () => {
    const volumes = [volume(basePath), volume(seed)];
    assert.match(
      refusalOf(() => plan({ cloudInit: nobody }, { volumes })),
      /web-cidata\.iso/,
    );
    const cloudInit = { ...nobody, hostName: 'web' };
    assert.match(
      refusalOf(() => plans(['a', 'b'], { cloudInit })),
      /one host name/,
    );
  });

  it('is deleted with the clone it was made for, unless another machine has it', () => {
    const overlay = volume(`${dir}/web.qcow2`, { backing: { path: basePath, format: 'qcow2', found: true } });
    const volumes = [volume(basePath), overlay, volume(seed, { format: 'raw' }), volume(`${dir}/other.iso`)];
    const media = (path: string) => ({ ...disk(path), target: 'vdb', readonly: true });
    const web = domain(
      2,
      'web',
      [disk(overlay.path), media(seed), { ...media(`${dir}/other.iso`), target: 'vdc' }],
      {
        mark: { kind: 'clone', of: uuid(1), seed },
      },
    );
    const deleted = (...others: ReturnType<typeof domain>[]) =>
      remove(web, lineage([pool('p', dir, volumes)], [template, web, ...others])).deleted.map(
        ({ path }) => path,
      );
    assert.deepEqual(deleted().sort(), [seed, overlay.path].sort());
    assert.deepEqual(deleted(domain(3, 'other', [media(seed)])), [overlay.path]);
  });
});
