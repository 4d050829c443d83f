import { createHash } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { virsh, virshReading } from '../host/commandLine';
import { XmlDraft } from '../host/xmlDraft';
import type { Lineage } from '../lineage/lineage';
import { Refusal, type Step } from './plan';

const prefix = 'linked-clones-';

/** The steps that put a pool around the work in a directory, and what the pool is called. */
export interface PoolAround {
  readonly name: string;
  readonly uuid: string;
  /** Empty where the directory is a pool already. */
  readonly open: readonly Step[];
  readonly close: readonly Step[];
}

/**
 * A directory as a pool while a run lasts. libvirt then copies files in it that only libvirt may read, on any host; and
 * virt-clone, which would define a pool for good around every directory it meets, with autostart, finds one (HAZARDS 32).
 * A pool that is created and not defined leaves nothing behind when it ends.
 * @throws Refusal where an inactive pool stands in the way: libvirt refuses a second one on the same directory
 */
export function poolAround(directory: string, uuid: string, lineage: Lineage): PoolAround {
  const { uri } = lineage.inventory;
  // That of another run ends with that run.
  const pools = lineage.inventory.pools.filter(({ name }) => !name.startsWith(prefix));
  const plain = directory.replace(/(?<=.)\/+$/, '');
  const known = pools.find(
    ({ path }) => path !== undefined && lineage.same(path.replace(/(?<=.)\/+$/, ''), plain),
  );
  if (known?.active === true) return { name: known.name, uuid: known.uuid, open: [], close: [] };
  if (known !== undefined) {
    throw new Refusal(
      l10n.t('The pool {0} ({1}) is needed and not active. Start it first.', known.name, plain),
    );
  }
  // The same for each run, so that a run can tell that another one has the directory, and wait for it.
  const name = `${prefix}${createHash('sha256').update(plain).digest('hex').slice(0, 8)}`;
  return {
    name,
    uuid,
    open: [
      {
        title: l10n.t('Make {0} a pool for the time being', plain),
        spec: virshReading(uri, poolXml(name, uuid, plain), 'pool-create'),
        atomic: true,
        undo: { kind: 'endPool', uuid, name },
      },
    ],
    close: [
      {
        title: l10n.t('End the pool on {0}', plain),
        // By its UUID: under its name the next run may have one already.
        spec: virsh(uri, 'pool-destroy', '--pool', uuid),
        verify: { kind: 'noPool', uuid },
      },
    ],
  };
}

function poolXml(name: string, uuid: string, directory: string): string {
  const make = (...element: Parameters<typeof XmlDraft.make>) => XmlDraft.make(...element);
  const target = make('target', {}, [make('path', {}, [directory])]);
  const pool = make('pool', { type: 'dir' }, [make('name', {}, [name]), make('uuid', {}, [uuid]), target]);
  return `${pool.toString()}\n`;
}
