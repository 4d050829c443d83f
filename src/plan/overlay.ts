import * as l10n from '@vscode/l10n';
import { isLocal, virsh } from '../host/commandLine';
import { isActive } from '../host/domain';
import { holdsFiles, type Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { volCreateAsProblem, volumeNameProblem } from './names';
import { Refusal, type Step } from './plan';

/** What makes the overlay: libvirt, or qemu-img followed by a pool refresh (on the host itself only). */
export const volumeTools = ['vol-create-as', 'qemu-img'] as const;
export type VolumeTool = (typeof volumeTools)[number];

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
  const { base, name } = wish;
  const baseFormat = checkBase(base, lineage);
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
  if (tool === 'qemu-img') {
    if (!isLocal(uri)) {
      throw new Refusal(
        l10n.t('qemu-img works on this machine only, not on {0}. Choose the volume tool vol-create-as.', uri),
      );
    }
    const create = ['create', '-f', 'qcow2', '-b', base.path, '-F', baseFormat, path, String(capacity)];
    return [
      { title, spec: { file: 'qemu-img', args: create }, fresh: path, undo },
      {
        title: l10n.t('Let the pool {0} see the new file', pool.name),
        spec: virsh(uri, 'pool-refresh', '--pool', pool.name),
        verify,
      },
    ];
  }
  const problem = volCreateAsProblem(name) ?? volCreateAsProblem(base.path);
  if (problem !== undefined) throw new Refusal(problem);
  const create = ['--pool', pool.name, '--name', name, '--capacity', String(capacity), '--format', 'qcow2'];
  const backing = ['--backing-vol', base.path, '--backing-vol-format', baseFormat];
  return [{ title, spec: virsh(uri, 'vol-create-as', ...create, ...backing), atomic: true, undo, verify }];
}

/** The commands that show what an overlay inherits: they change nothing, and teach where the numbers come from. */
export function showBase(uri: string, base: Volume): Step {
  return {
    title: l10n.t('Read the format of the base {0}', base.name),
    spec: virsh(uri, 'vol-dumpxml', '--vol', base.path),
  };
}

function checkBase(base: Volume, lineage: Lineage): string {
  const { path } = base;
  if (base.problem !== undefined)
    throw new Refusal(l10n.t('The volume {0} cannot be read: {1}', path, base.problem));
  if (base.type !== 'file' && base.type !== 'block') {
    throw new Refusal(l10n.t('A volume of type {0} cannot be the backing store of an overlay.', base.type));
  }
  if (base.format === undefined) {
    throw new Refusal(
      l10n.t('libvirt does not know the format of {0}. Refresh its pool and try again.', path),
    );
  }
  for (const level of [path, ...lineage.chain(path)]) {
    const backing = lineage.volume(level)?.backing;
    if (backing?.found === false) {
      throw new Refusal(
        l10n.t(
          'The chain of {0} is broken: {1} is missing or cannot be read. Bring it back first.',
          path,
          backing.path,
        ),
      );
    }
  }
  const writer = lineage.usersOf(path).find((user) => isActive(user) && lineage.writesTo(user, path));
  if (writer !== undefined) {
    throw new Refusal(
      l10n.t('{0} is being written to by {1}, which is running. Shut it down first.', path, writer.name),
    );
  }
  return base.format;
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
  return { pool, directory: pool.path.replace(/\/+$/, '') };
}
