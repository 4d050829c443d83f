import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import type { Lineage } from '../lineage/lineage';
import { storageNameProblem } from './names';
import { Refusal, runnable, type Plan } from './plan';

/** What a person decides. */
export interface PoolAnswers {
  readonly directory: string;
  /** Undefined: `default` where that is free, as libvirt's own tools call their first one, else as the directory. */
  readonly name?: string | undefined;
}

/**
 * The commands that make a directory a storage pool, which is started with its host.
 * @throws Refusal where the directory or the name cannot be had
 */
export function createPool({ directory, name: wish }: PoolAnswers, lineage: Lineage): Plan {
  const { uri, pools } = lineage.inventory;
  const problem = directoryProblem(directory, lineage);
  if (problem !== undefined) throw new Refusal(problem);
  const taken = new Set(pools.map((pool) => pool.name));
  const name = wish ?? (taken.has('default') ? posix.basename(directory) : 'default');
  const nameProblem = storageNameProblem(name, taken);
  if (nameProblem !== undefined) throw new Refusal(nameProblem);
  const on = ['--pool', name];
  const title = l10n.t('Create the storage pool {0}', name);
  return runnable({
    title,
    uri,
    notes: [],
    quick: true,
    steps: [
      {
        title: l10n.t('Define the pool {0}', name),
        spec: virsh(uri, 'pool-define-as', '--name', name, '--type', 'dir', '--target', directory),
        atomic: true,
        undo: {
          kind: 'restore',
          title: l10n.t('Undefine the pool {0}', name),
          done: l10n.t('the pool {0} was undefined', name),
          specs: [virsh(uri, 'pool-undefine', ...on)],
        },
      },
      {
        title: l10n.t('Make the directory {0} where there is none', directory),
        spec: virsh(uri, 'pool-build', ...on),
      },
      {
        title: l10n.t('Start the pool {0}', name),
        spec: virsh(uri, 'pool-start', ...on),
        atomic: true,
        undo: {
          kind: 'restore',
          title: l10n.t('End the pool {0}', name),
          done: l10n.t('the pool {0} was ended', name),
          specs: [virsh(uri, 'pool-destroy', ...on)],
        },
      },
      {
        title: l10n.t('Start the pool {0} with its host', name),
        spec: virsh(uri, 'pool-autostart', ...on),
        verify: { kind: 'active', what: 'pool', name },
      },
    ],
  });
}

/** Why a directory cannot become a pool; undefined where it can. */
export function directoryProblem(directory: string, { inventory }: Lineage): string | undefined {
  if (!posix.isAbsolute(directory) || directory === '/')
    return l10n.t('Enter the absolute path of a directory.');
  const plain = (path: string) => posix.normalize(path).replace(/\/+$/, '');
  const known = inventory.pools.find(({ path }) => path !== undefined && plain(path) === plain(directory));
  return known === undefined ? undefined : l10n.t('{0} is already the pool {1}.', directory, known.name);
}
