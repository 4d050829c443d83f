import assert from 'node:assert/strict';
import type { Domain } from '../../../src/host/domain';
import type { Volume } from '../../../src/host/volume';
import { parseOperations, type Generalise } from '../../../src/plan/generalise';
import { InUse } from '../../../src/plan/guard';
import { placeOf, runAt } from '../../../src/plan/place';
import { convertToTemplate, convertToVirtualMachine } from '../../../src/plan/template';
import { disk, domain, inventory, lineage, overlay, pool, thrownBy, uri, uuid, volume } from '../builders';
import { Lineage } from '../../../src/lineage/lineage';
import { argv, refusalOf } from './plans';

const image = volume('/p/a', { owner: 1000 });
const machine = domain(1, 'web', [disk(image.path)]);
const none = { autostart: false, managedSave: false, checkpoints: false, snapshots: [] };
const done: Generalise = { kind: 'done' };

function convert(
  one: Domain,
  wish: { generalise?: Generalise; prefix?: string; me?: number } = {},
  volumes: readonly Volume[] = [image],
  others: readonly Domain[] = [],
) {
  const answers = { domain: one, generalise: done, prefix: 'template-', me: 1000, ...wish };
  return convertToTemplate(answers, lineage([pool('p', '/p', volumes)], [one, ...others]));
}

function back(one: Domain, volumes: readonly Volume[], others: readonly Domain[] = []) {
  return convertToVirtualMachine(
    { domain: one, me: 1000 },
    lineage([pool('p', '/p', volumes)], [one, ...others]),
  );
}

const virsh = (...words: string[]) => ['virsh', '--connect', uri, ...words];
const metadata = (...words: string[]) =>
  virsh('metadata', '--domain', uuid(1), '--uri', 'urn:linked-clones:libvirt:1', ...words, '--config');

describe('plan/template', () => {
  it('marks, renames, and makes read-only what can be written to', () => {
    const plan = convert(machine);
    assert.deepEqual(argv(plan), [
      metadata(
        ...['--key', 'linkedclones'],
        ...['--set', '<template name="web"><image path="/p/a" mode="0644"/></template>'],
      ),
      virsh('domrename', '--domain', uuid(1), '--new-name', 'template-web'),
      ['chmod', 'a-w', '--', '/p/a'],
    ]);
    assert.equal(plan.name, 'template-web');
    assert.match(plan.notes.join(), /machine-id, SSH host keys/);
  });

  it('keeps in mind the seed that was made for it', () => {
    const plan = convert({ ...machine, mark: { kind: 'clone', of: uuid(9), seed: '/p/web-cidata.iso' } });
    assert.match(argv(plan)[0]?.join(' ') ?? '', /<template name="web" seed="\/p\/web-cidata\.iso">/);
  });

  it('undoes each step by what was there before', () => {
    const marked = { ...machine, mark: { kind: 'clone', of: uuid(9), since: 5 } } as const;
    const undos = convert(marked).steps.flatMap(({ undo }) => (undo?.kind === 'restore' ? undo.specs : []));
    assert.deepEqual(
      undos.map(({ file, args }) => [file, ...args]),
      [
        metadata(...['--key', 'linkedclones'], ...['--set', `<clone template="${uuid(9)}" since="5"/>`]),
        virsh('domrename', '--domain', uuid(1), '--new-name', 'web'),
        ['chmod', '0644', '--', '/p/a'],
      ],
    );
  });

  it('keeps a name that says it already, or where no prefix is wished', () => {
    assert.equal(convert({ ...machine, name: 'plantilla-web' }).name, 'plantilla-web');
    assert.equal(convert(machine, { prefix: '' }).name, 'web');
    assert.match(
      refusalOf(() => convert(machine, {}, [image], [domain(2, 'template-web', [])])),
      /already/,
    );
  });

  it('writes hostile names and paths into the mark as XML', () => {
    const path = `/p/a"<&'\n`;
    const [mark = []] = argv(
      convert({ ...machine, name: '<b>&"', disks: [disk(path)] }, { prefix: '' }, [{ ...image, path }]),
    );
    assert.equal(
      mark.at(-2),
      '<template name="&#60;b&#62;&#38;&#34;"><image path="/p/a&#34;&#60;&#38;&#39;&#10;" mode="0644"/></template>',
    );
  });

  it('leaves alone what is read-only, and takes a mark along that was there', () => {
    const mark = { kind: 'template', name: 'former', modes: new Map([['/p/a', 0o600]]) } as const;
    const plan = convert({ ...machine, name: 'template-x', mark }, {}, [{ ...image, mode: 0o444 }]);
    assert.deepEqual(argv(plan), [
      metadata(
        ...['--key', 'linkedclones'],
        ...['--set', '<template name="former"><image path="/p/a" mode="0600"/></template>'],
      ),
    ]);
  });

  it('switches autostart off, and says so', () => {
    const plan = convert({ ...machine, baggage: { ...none, autostart: true } }, { prefix: '' });
    assert.deepEqual(argv(plan)[0], virsh('autostart', '--domain', uuid(1), '--disable'));
    assert.match(argv(plan)[1]?.join(' ') ?? '', /autostart="yes"/);
    assert.match(plan.notes.join(' '), /started with its host/);
  });

  it('says what clones do not get: snapshots, devices of the host', () => {
    const baggage = { ...none, snapshots: [{ name: 'fresh', images: [] }] };
    const { notes } = convert({ ...machine, baggage, hostDevices: ['pci'] });
    assert.match(notes.join(' '), /snapshots \(fresh\).*devices of the host \(pci\)/);
  });

  it('uses sudo for images of others, and ssh for those of another machine', () => {
    assert.deepEqual(argv(convert(machine, { me: 5 })).at(-1), ['sudo', '--', 'chmod', 'a-w', '--', '/p/a']);
    assert.deepEqual(argv(convert(machine, { me: 0 })).at(-1), ['chmod', 'a-w', '--', '/p/a']);
    const place = placeOf('qemu+ssh://me@far:2222/system?keyfile=/k', [0], 0);
    assert.deepEqual(runAt(place, { file: 'chmod', args: ['a-w', '--', `/p/it's $(x)`] }), {
      file: 'ssh',
      args: [
        '-t',
        '-p',
        '2222',
        '-l',
        'me',
        '-i',
        '/k',
        '--',
        'far',
        `sudo -- chmod a-w -- '/p/it'\\''s $(x)'`,
      ],
    });
    const session = placeOf('qemu+ssh://far/session', [0], 5);
    assert.deepEqual(runAt(session, { file: 'chmod', args: ['x'] }).args, ['--', 'far', 'chmod x']);
    assert.match(
      refusalOf(() => placeOf('qemu+tls://far/system', [], 0)),
      /cannot be reached/,
    );
  });

  describe('generalises', () => {
    const generalise: Generalise = {
      kind: 'virt-sysprep',
      operations: ['machine-id', 'ssh-hostkeys'],
      hostname: 'h',
    };

    it('by virt-sysprep, with a way back in each qcow2 image, before it becomes read-only', () => {
      const plan = convert(machine, { generalise, prefix: '' });
      assert.deepEqual(
        argv(plan).map((words) => words.slice(0, 3).join(' ')),
        [
          'qemu-img snapshot -c',
          `virt-sysprep --connect ${uri}`,
          `virsh --connect ${uri}`,
          'chmod a-w --',
          'chmod u+w --',
          'qemu-img snapshot -d',
          'chmod a-w --',
        ],
      );
      assert.deepEqual(argv(plan)[1]?.slice(3), [
        ...['--domain', uuid(1), '--operations', 'machine-id,ssh-hostkeys,customize', '--hostname', 'h'],
      ]);
    });

    it('says of an image that is not qcow2 that there is no way back', () => {
      const raw = { ...image, format: 'raw' };
      const plan = convert(machine, { generalise, prefix: '' }, [raw]);
      assert.match(plan.notes.join(' '), /a is raw: .* not undone/);
      assert.ok(argv(plan).every(([file]) => file !== 'qemu-img'));
    });

    it('never where others stand on it', () => {
      const volumes = [image, overlay('/p/b', image.path)];
      const clone = domain(2, 'clone', [disk('/p/b')]);
      const error = thrownBy(() => convert(machine, { generalise }, volumes, [clone]));
      assert.ok(error instanceof InUse);
      assert.match(error.message, /the base of clone/);
      assert.equal(convert(machine, {}, volumes, [clone]).steps.length, 3, 'but it may be marked');
    });

    it('reads what virt-sysprep can do', () => {
      const text = 'abrt-data *     Remove the crash data\nca-certificates Remove CA certificates\n';
      assert.deepEqual(parseOperations(text), [
        { name: 'abrt-data', standard: true, meaning: 'Remove the crash data' },
        { name: 'ca-certificates', standard: false, meaning: 'Remove CA certificates' },
      ]);
    });
  });

  const refused: readonly [string, Partial<Domain>, RegExp][] = [
    ['runs', { state: 'running' }, /not switched off/],
    ['has its memory saved', { baggage: { ...none, managedSave: true } }, /managedsave-remove/],
    ['vanishes when it is off', { persistent: false }, /vanishes/],
    ['has no disk', { disks: [] }, /no writable disk/],
    ['has a disk in no pool', { disks: [disk('/else')] }, /permissions of \/else/],
  ];
  for (const [what, rest, why] of refused) {
    it(`refuses a machine that ${what}`, () => {
      assert.match(
        refusalOf(() => convert({ ...machine, ...rest })),
        why,
      );
    });
  }

  it('refuses an image that another machine has too', () => {
    assert.match(
      refusalOf(() => convert(machine, {}, [image], [domain(2, 'twin', [disk('/p/a')])])),
      /twin/,
    );
  });

  describe('back to a machine', () => {
    const mark = {
      kind: 'template',
      name: 'web',
      modes: new Map([['/p/a', 0o640]]),
      autostart: true,
    } as const;
    const template = { ...machine, name: 'template-web', mark };
    const locked = { ...image, mode: 0o440 };

    it('gives name, permissions and autostart back, and takes the mark away', () => {
      const plan = back(template, [locked]);
      assert.deepEqual(argv(plan), [
        virsh('domrename', '--domain', uuid(1), '--new-name', 'web'),
        ['chmod', '0640', '--', '/p/a'],
        virsh('autostart', '--domain', uuid(1)),
        metadata('--remove'),
      ]);
      assert.equal(plan.name, 'web');
    });

    it('keeps its name where somebody else has the former one', () => {
      assert.equal(back(template, [locked], [domain(2, 'web', [])]).name, 'template-web');
    });

    it('lets the owner write where nothing is remembered', () => {
      assert.deepEqual(argv(back({ ...machine, name: 'plantilla-x' }, [locked])), [
        ['chmod', '0640', '--', '/p/a'],
      ]);
    });

    it('is refused with dependants, off or in no pool, and counts and names them', () => {
      const volumes = [
        locked,
        overlay('/p/b', '/p/a'),
        overlay('/p/c', '/p/b'),
        overlay('/p/nobody', '/p/a'),
      ];
      const clones = [domain(2, 'clone', [disk('/p/b')]), domain(3, 'grandchild', [disk('/p/c')])];
      const error = thrownBy(() => back(template, volumes, clones));
      assert.ok(error instanceof InUse);
      assert.match(error.message, /clone, nobody, grandchild \(images: 3/);
      const loose = {
        ...inventory([pool('p', '/p', [locked])], [template]),
        loose: [overlay('/else/x', '/p/a')],
      };
      assert.throws(
        () => convertToVirtualMachine({ domain: template, me: 0 }, new Lineage(loose)),
        /x \(images: 1/,
      );
    });

    it('says so where only its name makes it a template', () => {
      assert.match(
        refusalOf(() => back({ ...machine, name: 'plantilla-x' }, [image])),
        /only its name/,
      );
    });
  });
});
