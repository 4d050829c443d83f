import assert from 'node:assert/strict';
import { overlayName } from '../../../src/plan/cloneDisks';
import { parseXml } from '../../../src/host/xml';
import { methods, networkArgument, subOption } from '../../../src/plan/machine';
import { identityOf } from '../../../src/plan/identity';
import { volumeTools } from '../../../src/plan/overlay';
import { cdrom, disk, domain, gibibyte, nic, pool, uri, uuid, volume } from '../builders';
import { basePath, dir, plan, template } from './cloneWorld';
import { argv } from './plans';

const markNamespace = 'urn:linked-clones:libvirt:1';

/** The plan's command of a program. */
function commandOf(file: string, ...args: Parameters<typeof plan>): string[] {
  return argv(plan(...args)).find(([program]) => program === file) ?? assert.fail(`no ${file}`);
}

const hostile = 'wéb;`id`$(reboot),a=b%\\*#~';
// virt-install takes no blanks in names.
const hostileWithBlanks = `${hostile} two words`;
const amend = (path: string) => ['qemu-img', 'amend', '-f', 'qcow2', '-o', 'compat=1.1', path];
const virsh = (...args: string[]) => ['virsh', '--connect', uri, ...args];

describe('plan/linkedClone: argv', () => {
  const showing = [
    virsh('domblkinfo', '--domain', template.name, '--device', 'vda'),
    virsh('vol-dumpxml', '--vol', basePath),
  ];
  const viaLibvirt = (name: string) => [
    virsh(
      ...['vol-create-as', '--pool', 'my pool', '--name', `${name}.qcow2`, '--capacity', '1073741824'],
      ...['--format', 'qcow2', '--backing-vol', basePath, '--backing-vol-format', 'qcow2'],
    ),
    amend(`${dir}/${name}.qcow2`),
  ];
  const viaDescription = () => [virsh('vol-create', '--pool', 'my pool', '--file', '/dev/stdin')];
  const viaQemuImg = (name: string) => [
    [
      ...['qemu-img', 'create', '-f', 'qcow2', '-b', basePath, '-F', 'qcow2'],
      ...[`${dir}/${name}.qcow2`, '1073741824'],
    ],
    virsh('pool-refresh', '--pool', 'my pool'),
  ];
  const cloned = (name: string) => [
    ...['virt-clone', '--connect', uri, '--original', template.name, '--name', name],
    ...['--file', `${dir}/${name}.qcow2`, '--preserve-data'],
  ];
  const installed = (name: string, path: string) => [
    ...['virt-install', '--connect', uri, '--virt-type', 'kvm', '--name', name],
    ...['--osinfo', 'id=http://debian.org/debian/11'],
    ...['--disk', `path="${path}",bus=virtio`],
    ...['--memory', '2048', '--vcpus', '2', '--network', 'network=my net,model=virtio'],
    ...['--graphics', 'spice', '--import', '--noautoconsole', '--noreboot'],
  ];
  const marked = (name: string) =>
    virsh(
      ...['metadata', '--domain', name, '--uri', markNamespace, '--key', 'linkedclones'],
      ...['--set', `<clone template="${uuid(1)}"/>`, '--config'],
    );
  const escapedPath = `${dir}/wéb;\`id\`$(reboot),a=b%\\\\*#~.qcow2`;

  it('virt-clone, vol-create-as', () => {
    const name = hostileWithBlanks;
    assert.deepEqual(argv(plan({ name })), [...showing, ...viaLibvirt(name), cloned(name), marked(name)]);
  });

  it('virt-clone, vol-create, which reads what it makes', () => {
    const name = hostileWithBlanks;
    const made = plan({ name, volumeTool: 'vol-create' });
    assert.deepEqual(argv(made), [...showing, ...viaDescription(), cloned(name), marked(name)]);
    const volume = parseXml(made.steps[2]?.spec.input ?? '');
    assert.equal(volume.textOf('name'), `${name}.qcow2`);
    assert.equal(volume.textOf('capacity'), '1073741824');
    assert.equal(volume.first('target', 'format')?.attribute('type'), 'qcow2');
    assert.equal(volume.textOf('target', 'compat'), '1.1');
    assert.equal(volume.textOf('backingStore', 'path'), basePath);
    assert.equal(volume.first('backingStore', 'format')?.attribute('type'), 'qcow2');
  });

  it('virt-clone, qemu-img', () => {
    const name = hostileWithBlanks;
    assert.deepEqual(argv(plan({ name, volumeTool: 'qemu-img' })), [
      ...showing,
      ...viaQemuImg(name),
      cloned(name),
      marked(name),
    ]);
  });

  it('virt-install, vol-create-as', () => {
    assert.deepEqual(argv(plan({ name: hostile, method: 'virt-install' })), [
      ...showing,
      ...viaLibvirt(hostile),
      installed(hostile, escapedPath),
      marked(hostile),
    ]);
  });

  it('virt-install, qemu-img, and start', () => {
    const answers = { name: hostile, method: 'virt-install', volumeTool: 'qemu-img', start: true } as const;
    assert.deepEqual(argv(plan(answers)), [
      ...showing,
      ...viaQemuImg(hostile),
      installed(hostile, escapedPath),
      marked(hostile),
      virsh('start', '--domain', hostile),
    ]);
  });

  it('gives virt-clone an address for each interface, or none', () => {
    const nics = [nic('user'), nic('network', 'net'), nic('user')];
    const world = { template: domain(1, 'nics', [disk(basePath)], { interfaces: nics }) };
    const macs = (mac?: string) => {
      const command = commandOf('virt-clone', { mac }, world);
      return command.filter((_, index) => command[index - 1] === '--mac');
    };
    assert.deepEqual(macs(), []);
    const identity = identityOf('seed', 'web', new Set());
    assert.deepEqual(macs('52:54:00:aa:bb:cc'), [
      '52:54:00:aa:bb:cc',
      identity.mac('interface 1'),
      identity.mac('interface 2'),
    ]);
  });

  it('joins a template’s name that begins with a dash to its option, and asks virsh by UUID', () => {
    const original = domain(1, '-rf', [disk(basePath)]);
    const commands = argv(plan({}, { template: original }));
    assert.deepEqual(commands[0], virsh('domblkinfo', '--domain', uuid(1), '--device', 'vda'));
    assert.ok(commands.some(([file, , , word]) => file === 'virt-clone' && word === '--original=-rf'));
  });

  it('asks virsh by UUID for a template whose name is a number', () => {
    const original = domain(1, '42', [disk(basePath)]);
    assert.deepEqual(
      argv(plan({}, { template: original }))[0],
      virsh('domblkinfo', '--domain', uuid(1), '--device', 'vda'),
    );
  });

  it('takes what was chosen instead of the template’s values', () => {
    const other = pool('other', '/o/', []);
    const command = commandOf(
      'virt-install',
      {
        method: 'virt-install',
        pool: other,
        memory: 3 * 2 ** 20 + 1,
        vcpus: 7,
        osinfo: 'debian12',
        networks: ['user', 'bridge=br0'],
      },
      { pools: [pool('my pool', dir, [volume(basePath)]), other] },
    );
    assert.deepEqual(command.slice(3), [
      ...['--virt-type', 'kvm', '--name', 'web', '--osinfo', 'debian12'],
      ...['--disk', 'path=/o/web.qcow2,bus=virtio', '--memory', '4', '--vcpus', '7'],
      ...['--network', 'user', '--network', 'bridge=br0'],
      ...['--graphics', 'spice', '--import', '--noautoconsole', '--noreboot'],
    ]);
  });

  it('lets virt-install guess the system, with no network and no screen, where the template names none', () => {
    const bare = domain(1, 'bare', [disk(basePath, { bus: undefined })], { osinfo: undefined, type: 'qemu' });
    assert.deepEqual(commandOf('virt-install', { method: 'virt-install' }, { template: bare }).slice(3), [
      ...['--virt-type', 'qemu', '--name', 'web', '--osinfo', 'detect=on,require=off'],
      ...['--disk', `path=${dir}/web.qcow2`, '--memory', '2048', '--vcpus', '2'],
      ...['--network', 'none', '--graphics', 'none', '--import', '--noautoconsole', '--noreboot'],
    ]);
  });

  for (const [graphics, word] of [
    ['vnc', 'vnc'],
    ['spice', 'spice'],
    ['sdl', 'none'],
    ['egl-headless', 'none'],
    [undefined, 'none'],
  ] as const) {
    it(`a screen of kind ${graphics ?? '(none)'} becomes --graphics ${word}`, () => {
      const original = { ...template, graphics };
      const command = commandOf('virt-install', { method: 'virt-install' }, { template: original });
      assert.equal(command[command.indexOf('--graphics') + 1], word);
    });
  }

  for (const [one, argument] of [
    [nic('user'), 'user'],
    [nic('user', undefined, 'e1000'), 'user,model=e1000'],
    [nic('network', 'default', 'virtio'), 'network=default,model=virtio'],
    [nic('network', 'a,b "c" \\'), 'network="a,b \\"c\\" \\\\"'],
    [nic('bridge', 'br0'), 'bridge=br0'],
    [nic('direct', 'eth0', 'virtio'), 'type=direct,source=eth0,model=virtio'],
    [nic('network'), undefined],
    [nic('hostdev', 'x'), undefined],
    [nic('vhostuser'), undefined],
  ] as const) {
    it(`an interface ${one.type} ${one.source ?? ''} becomes ${argument ?? 'nothing'}`, () => {
      assert.equal(networkArgument(one), argument);
    });
  }

  for (const [value, argument] of [
    ['/p/a b-é_1.qcow2', 'path=/p/a b-é_1.qcow2'],
    ['/p/a,b', 'path="/p/a,b"'],
    ['/p/a=b', 'path="/p/a=b"'],
    [`/p/it's`, `path="/p/it's"`],
    ['/p/"\\', 'path="/p/\\"\\\\"'],
    ['/p/#$(x)', 'path="/p/#$(x)"'],
    ['/p/a\nb', 'path="/p/a\nb"'],
  ] as const) {
    it(`virtinst is told of ${JSON.stringify(value)} as ${JSON.stringify(argument)}`, () => {
      assert.equal(subOption('path', value), argument);
    });
  }
});

describe('plan/linkedClone: several disks and raw bases', () => {
  const volumes = [
    volume('/p/a.qcow2'),
    volume('/p/b.img', { format: 'raw', capacity: 5 * gibibyte }),
    volume('/p/cd.iso', { format: 'raw' }),
    volume('/p/shared.img', { format: 'raw' }),
  ];
  const original = domain(1, 'two', [
    disk('/p/a.qcow2'),
    cdrom('/p/cd.iso'),
    disk('/p/b.img', { target: 'vdb', format: 'raw', bus: 'scsi' }),
    disk('/p/shared.img', { target: 'vdc', format: 'raw', shareable: true }),
  ]);
  const world = { template: original, pools: [pool('p', '/p', volumes)] };

  it('makes an overlay for each disk the template may write to, in their order', () => {
    assert.deepEqual(argv(plan({ capacity: 3 * gibibyte }, world)), [
      virsh('domblkinfo', '--domain', 'two', '--device', 'vda'),
      virsh('vol-dumpxml', '--vol', '/p/a.qcow2'),
      virsh(
        ...['vol-create-as', '--pool', 'p', '--name', 'web.qcow2', '--capacity', '3221225472'],
        ...['--format', 'qcow2', '--backing-vol', '/p/a.qcow2', '--backing-vol-format', 'qcow2'],
      ),
      amend('/p/web.qcow2'),
      virsh('domblkinfo', '--domain', 'two', '--device', 'vdb'),
      virsh('vol-dumpxml', '--vol', '/p/b.img'),
      virsh(
        ...['vol-create-as', '--pool', 'p', '--name', 'web-vdb.qcow2', '--capacity', '5368709120'],
        ...['--format', 'qcow2', '--backing-vol', '/p/b.img', '--backing-vol-format', 'raw'],
      ),
      amend('/p/web-vdb.qcow2'),
      [
        ...['virt-clone', '--connect', uri, '--original', 'two', '--name', 'web'],
        ...['--file', '/p/web.qcow2', '--file', '/p/web-vdb.qcow2', '--preserve-data'],
      ],
      [
        ...['virt-xml', '--connect', uri, 'web', '--edit', 'target=vdb'],
        ...['--disk', 'driver.type=qcow2', '--define'],
      ],
      virsh(
        ...['metadata', '--domain', 'web', '--uri', markNamespace, '--key', 'linkedclones'],
        ...['--set', `<clone template="${uuid(1)}"/>`, '--config'],
      ),
    ]);
  });

  it('corrects no driver with virt-install, which finds the overlay’s format', () => {
    const commands = argv(plan({ method: 'virt-install' }, world));
    assert.ok(!commands.some(([file]) => file === 'virt-xml'));
    const command = commandOf('virt-install', { method: 'virt-install' }, world);
    assert.deepEqual(
      command.filter((_, index) => command[index - 1] === '--disk'),
      ['path=/p/web.qcow2,bus=virtio', 'path=/p/web-vdb.qcow2,bus=scsi'],
    );
  });

  it('corrects the driver also where the template states none for a raw base', () => {
    const silent = domain(1, 'silent', [disk('/p/b.img', { format: undefined })]);
    const commands = argv(plan({}, { template: silent, pools: world.pools }));
    assert.deepEqual(
      commands.filter(([file]) => file === 'virt-xml').map((words) => words[5]),
      ['target=vda'],
    );
  });

  it('passes the raw format to qemu-img', () => {
    const raw = domain(1, 'raw', [disk('/p/b.img', { format: 'raw' })]);
    const command = commandOf('qemu-img', { volumeTool: 'qemu-img' }, { template: raw, pools: world.pools });
    assert.deepEqual(command.slice(1), [
      ...['create', '-f', 'qcow2', '-b', '/p/b.img', '-F', 'raw', '/p/web.qcow2', '5368709120'],
    ]);
  });

  it('says what is shared and what is left out', () => {
    assert.match(plan({}, world).notes.join(' '), /vdc is shareable/);
    assert.match(plan({ method: 'virt-install' }, world).notes.join(' '), /without the other drives/);
    const withTpm = { ...world, template: { ...original, tpm: true } };
    assert.match(plan({}, withTpm).notes.join(' '), /TPM/);
    assert.deepEqual(plan().notes, []);
  });

  it('names overlays after the machine and the disk', () => {
    assert.equal(overlayName('web', 'vda', true), 'web.qcow2');
    assert.equal(overlayName('web', 'vdb', false), 'web-vdb.qcow2');
  });

  it('reads a disk that is given as a volume by its path', () => {
    const byVolume = disk(undefined, { type: 'volume', volume: { pool: 'p', name: 'a.qcow2' } });
    const commands = argv(plan({}, { template: domain(1, 'v', [byVolume]), pools: world.pools }));
    assert.deepEqual(commands[0], virsh('vol-dumpxml', '--vol', '/p/a.qcow2'));
  });
});

describe('plan/linkedClone: what holds the plan together', () => {
  for (const method of methods) {
    for (const volumeTool of volumeTools) {
      const cloneOf = { cloneOf: { template: template.uuid } };
      const stepsOf = () => plan({ method, volumeTool, start: true }).steps;

      it(`${method} with ${volumeTool} can take back everything it makes`, () => {
        assert.deepEqual(
          stepsOf().flatMap(({ undo }) => undo ?? []),
          [
            {
              kind: 'deleteVolume',
              pool: pool('my pool', dir, []).uuid,
              path: `${dir}/web.qcow2`,
              backing: basePath,
              ...(volumeTool === 'qemu-img' ? { fresh: true } : {}),
            },
            {
              kind: 'undefineDomain',
              name: 'web',
              image: `${dir}/web.qcow2`,
              ...(method === 'define' ? { uuid: identityOf('seed', 'web', new Set()).uuid('domain') } : {}),
            },
          ],
        );
      });

      it(`${method} with ${volumeTool} verifies overlay, machine and start`, () => {
        assert.deepEqual(
          stepsOf().flatMap(({ verify }) => verify ?? []),
          [
            {
              kind: 'overlay',
              path: `${dir}/web.qcow2`,
              backing: basePath,
              backingFormat: 'qcow2',
              capacity: gibibyte,
              compat: '1.1',
            },
            {
              kind: 'machine',
              name: 'web',
              images: [
                {
                  path: `${dir}/web.qcow2`,
                  format: 'qcow2',
                  ...(method === 'virt-install' ? {} : { target: 'vda' }),
                },
              ],
              likeness: {
                memory: template.memory,
                vcpus: template.vcpus,
                mac: undefined,
                notMacs: [],
                nvram: undefined,
                ...(method === 'define' ? cloneOf : {}),
              },
              ...(method === 'define' ? { uuid: identityOf('seed', 'web', new Set()).uuid('domain') } : {}),
            },
            ...(method === 'define'
              ? []
              : [{ kind: 'machine', name: 'web', images: [], likeness: cloneOf } as const]),
            { kind: 'state', domain: 'web', active: true },
          ],
        );
      });

      it(`${method} with ${volumeTool} never overwrites a file`, () => {
        const steps = stepsOf();
        const [fresh, atomic] = [
          steps.flatMap((step) => step.fresh ?? []),
          steps.filter((step) => step.atomic),
        ];
        if (volumeTool === 'qemu-img') assert.deepEqual(fresh, [`${dir}/web.qcow2`]);
        else assert.equal(atomic[0]?.spec.args[2], volumeTool);
        const own = method === 'define' ? 1 : 0;
        assert.equal(atomic.length, volumeTool === 'qemu-img' ? own : own + 1);
      });
    }
  }

  it('verifies the machine only after its drivers are corrected', () => {
    const base = volume(basePath, { format: 'raw' });
    const raw = domain(1, 'raw', [disk(basePath, { format: 'raw' })]);
    const { steps } = plan({}, { template: raw, volumes: [base] });
    assert.deepEqual(
      steps.filter(({ verify }) => verify?.kind === 'machine').map(({ spec }) => spec.file),
      ['virt-xml', 'virsh'],
    );
  });
});
