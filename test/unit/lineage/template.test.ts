import assert from 'node:assert/strict';
import type { Disk, Domain } from '../../../src/host/domain';
import type { Volume } from '../../../src/host/volume';
import { templateReason, templatesOf, type TemplateReason } from '../../../src/lineage/template';
import { cdrom, disk, domain, lineage, overlay, pool, volume } from '../builders';

const image = '/p/a';
const readOnly = volume(image, { mode: 0o444 });
const onIt = overlay('/p/b', image);
const marked = { mark: { kind: 'template' } } as const;
const clone = { mark: { kind: 'clone', of: undefined } } as const;

interface Case {
  readonly what: string;
  readonly name?: string;
  readonly rest?: Partial<Domain>;
  readonly disks?: readonly Disk[];
  readonly volumes?: readonly Volume[];
  readonly reason: TemplateReason | undefined;
}

const cases: readonly Case[] = [
  { what: 'an ordinary machine', reason: undefined },
  { what: 'a mark', rest: marked, reason: 'marked' },
  { what: 'a mark on a machine that runs', rest: { ...marked, state: 'running' }, reason: 'marked' },
  { what: 'a mark before a base', rest: marked, volumes: [volume(image), onIt], reason: 'marked' },
  { what: 'overlays on its disk', volumes: [volume(image), onIt], reason: 'base' },
  {
    what: 'overlays on its disk while it runs',
    volumes: [volume(image), onIt],
    rest: { state: 'running' },
    reason: 'base',
  },
  {
    what: 'a base before read-only and name',
    name: 'plantilla-a',
    volumes: [readOnly, onIt],
    reason: 'base',
  },
  { what: 'a clone that others stand on', rest: clone, volumes: [volume(image), onIt], reason: 'base' },
  { what: 'read-only images', volumes: [readOnly], reason: 'readOnly' },
  { what: 'read-only before name', name: 'plantilla-a', volumes: [readOnly], reason: 'readOnly' },
  {
    what: 'read-only images of a running machine',
    volumes: [readOnly],
    rest: { state: 'running' },
    reason: undefined,
  },
  {
    what: 'read-only images of a paused machine',
    volumes: [readOnly],
    rest: { state: 'paused' },
    reason: undefined,
  },
  { what: 'an image the group may write', volumes: [volume(image, { mode: 0o464 })], reason: undefined },
  { what: 'an image without permissions', volumes: [volume(image, { mode: undefined })], reason: undefined },
  { what: 'an image in no pool', volumes: [], reason: undefined },
  {
    what: 'one of two images read-only',
    disks: [disk(image), disk('/p/c', { target: 'vdb' })],
    volumes: [readOnly, volume('/p/c')],
    reason: undefined,
  },
  {
    what: 'read-only images and a CD that is not',
    disks: [disk(image), cdrom('/p/c')],
    volumes: [readOnly, volume('/p/c')],
    reason: 'readOnly',
  },
  { what: 'no disks', disks: [], reason: undefined },
  { what: 'its name', name: 'plantilla-a', reason: 'name' },
  { what: 'its name while it runs', name: 'plantilla-a', rest: { state: 'running' }, reason: 'name' },
  { what: 'another name', name: 'mi-plantilla-a', reason: undefined },
  { what: 'a clone’s name', name: 'plantilla-a', rest: clone, reason: undefined },
  { what: 'a clone with read-only images', rest: clone, volumes: [readOnly], reason: undefined },
];

describe('lineage/template', () => {
  const pattern = /^(plantilla|template)[-_]/u;
  for (const {
    what,
    name = 'web',
    rest,
    disks = [disk(image)],
    volumes = [volume(image)],
    reason,
  } of cases) {
    it(`${what}: ${reason ?? 'no template'}`, () => {
      const one = domain(1, name, disks, rest);
      const found = lineage([pool('default', '/p', volumes)], [one]);
      assert.equal(templateReason(one, found, pattern), reason);
      assert.equal(templatesOf(found, pattern).length, reason === undefined ? 0 : 1);
    });
  }

  it('goes by no name without a pattern', () => {
    const one = domain(1, 'plantilla-a', [disk(image)]);
    assert.equal(templateReason(one, lineage([], [one]), undefined), undefined);
  });

  it('takes a machine that cannot be read for no template', () => {
    const one = domain(1, 'a', [], { problem: 'no' });
    assert.equal(templateReason(one, lineage([], [one]), pattern), undefined);
  });
});
