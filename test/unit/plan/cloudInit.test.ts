import assert from 'node:assert/strict';
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
  });
});

describe('plan/cloneSeed', () => {
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
