import * as l10n from '@vscode/l10n';
import { isLocal, virsh, virshReading } from '../host/commandLine';
import { holdsFiles, type Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import { XmlDraft } from '../host/xmlDraft';
import type { Lineage } from '../lineage/lineage';
import { checkBase } from './baseChecks';
import { volCreateAsProblem, volumeNameProblem } from './names';
import { Refusal, type Step } from './plan';

/**
 * What makes the overlay: libvirt from a description in XML, libvirt from options, or qemu-img followed by a pool refresh
 * (on the host itself only).
 */
export const volumeTools = ['vol-create', 'vol-create-as', 'qemu-img'] as const;
export type VolumeTool = (typeof volumeTools)[number];

/** What an empty overlay takes, with some room for what its machine writes first: bytes. */
export const leastSpace = 2 ** 20;

/** An overlay to be made. Capacity in bytes. */
export interface Overlay {
  readonly pool: Pool;
  readonly name: string;
  readonly path: string;
  readonly base: Volume;
  readonly baseFormat: string;
  readonly capacity: number;
}

export interface OverlayWish {
  readonly base: Volume;
  /** What is in the base; undefined: what libvirt says. */
  readonly format?: string | undefined;
  readonly name: string;
  /** Undefined: the pool of the base. */
  readonly pool: Pool | undefined;
  /** Bytes; undefined: the base's. */
  readonly capacity: number | undefined;
}

/**
 * Decides where an overlay goes and how large it is.
 * @throws Refusal where it cannot be made, or would not be safe
 */
export function planOverlay(wish: OverlayWish, lineage: Lineage): Overlay {
  const { base, format = base.format, name } = wish;
  const baseFormat = checkBase({ ...base, format }, lineage);
  const { pool, directory } = checkPool(wish.pool ?? lineage.poolOf(base));
  const problem = volumeNameProblem(name, namesIn(pool));
  if (problem !== undefined) throw new Refusal(problem);
  const capacity = wish.capacity ?? base.capacity;
  if (!Number.isSafeInteger(capacity) || capacity < base.capacity) {
    throw new Refusal(
      l10n.t(
        'The disk must be at least as large as its base: {0} bytes are too few for {1} bytes. Choose a larger size.',
        capacity,
        base.capacity,
      ),
    );
  }
  return { pool, name, path: `${directory}/${name}`, base, baseFormat, capacity };
}

/** The names of the volumes of a pool. */
export function namesIn(pool: Pool | undefined): Set<string> {
  return new Set(pool?.volumes.map((volume) => volume.name));
}

/**
 * The commands that make an overlay.
 * The base's format is always given: without it vol-create-as records `raw`, and the guest would see the qcow2 header
 * as the contents of its disk (HAZARDS 1); qemu-img refuses to guess. The base is given by its path, which libvirt finds
 * in whichever active pool it lies (HAZARDS 5).
 * @throws Refusal where the tool cannot take a name or path
 */
export function overlaySteps(uri: string, overlay: Overlay, tool: VolumeTool): Step[] {
  const { pool, name, path, base, baseFormat, capacity } = overlay;
  const title = l10n.t('Create the overlay {0} on {1}', name, base.name);
  const undo = { kind: 'deleteVolume', pool: pool.uuid, path, backing: base.path } as const;
  const verify = { kind: 'overlay', path, backing: base.path, backingFormat: baseFormat, capacity } as const;
  switch (tool) {
    case 'vol-create': {
      const spec = virshReading(uri, volumeXml(overlay), 'vol-create', '--pool', pool.name);
      return [{ title, spec, atomic: true, undo, verify: { ...verify, compat: '1.1' } }];
    }
    case 'vol-create-as': {
      const problem = volCreateAsProblem(name) ?? volCreateAsProblem(base.path);
      if (problem !== undefined) throw new Refusal(problem);
      const create = [
        '--pool',
        pool.name,
        '--name',
        name,
        '--capacity',
        String(capacity),
        '--format',
        'qcow2',
      ];
      const backing = ['--backing-vol', base.path, '--backing-vol-format', baseFormat];
      const made: Step = {
        title,
        spec: virsh(uri, 'vol-create-as', ...create, ...backing),
        atomic: true,
        undo,
      };
      // It makes qcow2 of version 2, in which zeroing takes space and discarding gives none back (HAZARDS 4).
      return canAmend(uri) ? [made, amend(overlay, { ...verify, compat: '1.1' })] : [{ ...made, verify }];
    }
    case 'qemu-img': {
      if (!isLocal(uri)) {
        throw new Refusal(
          l10n.t('qemu-img works on this machine only, not on {0}. Choose the volume tool vol-create.', uri),
        );
      }
      const create = ['create', '-f', 'qcow2', '-b', base.path, '-F', baseFormat, path, String(capacity)];
      return [
        { title, spec: { file: 'qemu-img', args: create }, fresh: path, undo: { ...undo, fresh: true } },
        {
          title: l10n.t('Let the pool {0} see the new file', pool.name),
          spec: virsh(uri, 'pool-refresh', '--pool', pool.name),
          verify: { ...verify, compat: '1.1' },
        },
      ];
    }
  }
}

/** What should be known of an overlay that this tool makes, one sentence each. */
export function notesOnTool(uri: string, tool: VolumeTool): string[] {
  if (tool !== 'vol-create-as' || canAmend(uri)) return [];
  return [
    l10n.t(
      'vol-create-as makes qcow2 of version 2, which cannot give freed space back. The volume tool vol-create makes version 3.',
    ),
  ];
}

/** The files of a session belong to its user; those of the system to root, and those of other hosts are not here. */
function canAmend(uri: string): boolean {
  return isLocal(uri) && new URL(uri).pathname === '/session';
}

function amend({ name, path }: Overlay, verify: Step['verify'] & object): Step {
  return {
    title: l10n.t('Raise {0} to version 3 of qcow2', name),
    spec: { file: 'qemu-img', args: ['amend', '-f', 'qcow2', '-o', 'compat=1.1', path] },
    verify,
  };
}

function volumeXml({ name, capacity, base, baseFormat }: Overlay): string {
  const make = (...element: Parameters<typeof XmlDraft.make>) => XmlDraft.make(...element);
  const volume = make('volume', { type: 'file' }, [
    make('name', {}, [name]),
    make('capacity', { unit: 'bytes' }, [String(capacity)]),
    make('target', {}, [make('format', { type: 'qcow2' }), make('compat', {}, ['1.1'])]),
    make('backingStore', {}, [make('path', {}, [base.path]), make('format', { type: baseFormat })]),
  ]);
  return `${volume.toString()}\n`;
}

/** The commands that show what an overlay inherits: they change nothing, and teach where the numbers come from. */
export function showBase(uri: string, base: Volume): Step {
  return {
    title: l10n.t('Read the format of the base {0}', base.name),
    spec: virsh(uri, 'vol-dumpxml', '--vol', base.path),
  };
}

function checkPool(pool: Pool | undefined): { pool: Pool; directory: string } {
  if (pool === undefined) throw new Refusal(l10n.t('There is no storage pool for the overlay. Choose one.'));
  if (!pool.active) throw new Refusal(l10n.t('The pool {0} is not active. Start it first.', pool.name));
  if (!holdsFiles(pool) || pool.path === undefined) {
    throw new Refusal(
      l10n.t(
        'The pool {0} is of type {1}, which cannot hold overlay files. Choose a directory pool.',
        pool.name,
        pool.type,
      ),
    );
  }
  if (pool.available < leastSpace) {
    throw new Refusal(l10n.t('The pool {0} is full. Make space in it, or choose another one.', pool.name));
  }
  return { pool, directory: pool.path.replace(/\/+$/, '') };
}
