import * as l10n from '@vscode/l10n';
import { writableDisks, type Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { isActive } from '../host/domain';
import { checkLuns } from './cloneChecks';
import { checkRoom, growth } from './images';
import { virtClone } from './machine';
import { markCommand } from './mark';
import { domainNameProblem, virtToolsPathProblem, volumeNameProblem } from './names';
import { namesIn } from './overlay';
import { Refusal, runnable, type Plan } from './plan';

/** What a person decides about a full clone. */
export interface FullCloneAnswers {
  readonly original: Domain;
  readonly name: string;
}

/**
 * The commands that copy a machine with its disks: the copy stands on nothing.
 * @throws Refusal where it cannot be made
 */
export function fullClone({ original, name }: FullCloneAnswers, lineage: Lineage): Plan {
  const { uri, domains } = lineage.inventory;
  if (isActive(original)) {
    throw new Refusal(
      l10n.t(
        '{0} is not switched off, so its disks may change under a clone. Shut it down first.',
        original.name,
      ),
    );
  }
  const problem =
    domainNameProblem(name, new Set(domains.map((domain) => domain.name))) ?? virtToolsPathProblem(name);
  if (problem !== undefined) throw new Refusal(problem);
  checkLuns(original);
  const copies = writableDisks(original).map((disk, index) => {
    const path = lineage.pathOf(disk);
    const image = path === undefined ? undefined : lineage.volume(path);
    const pool = image === undefined ? undefined : lineage.poolOf(image);
    if (image === undefined || pool?.path === undefined) {
      throw new Refusal(
        l10n.t(
          'The image {0} lies in no active storage pool. Make its directory a pool, or start and refresh the pool.',
          path ?? disk.target,
        ),
      );
    }
    const ending = image.format === 'qcow2' ? 'qcow2' : 'img';
    const file = index === 0 ? `${name}.${ending}` : `${name}-${disk.target}.${ending}`;
    const taken = volumeNameProblem(file, namesIn(pool));
    if (taken !== undefined) throw new Refusal(taken);
    return { image, pool, path: `${pool.path.replace(/\/+$/, '')}/${file}` };
  });
  if (copies.length === 0) throw new Refusal(l10n.t('{0} has no writable disk to clone.', original.name));
  checkRoom(
    new Map(
      copies.map(({ image }) => [image, Math.min(image.capacity, image.allocation + growth(image, lineage))]),
    ),
    lineage,
  );
  const paths = copies.map(({ path }) => path);
  const { file, args } = virtClone(uri, original, name, paths);
  return runnable({
    title: l10n.t('Full clone {0} of {1}', name, original.name),
    uri,
    notes: [l10n.t('All of its disks are copied: that takes time and room.')],
    steps: [
      {
        title: l10n.t('Copy {0} with its disks', original.name),
        spec: { file, args: args.filter((word) => word !== '--preserve-data') },
        undo: { kind: 'discardCopy', name, paths },
        verify: {
          kind: 'machine',
          name,
          images: copies.map(({ image, path }) => ({ path, format: image.format ?? 'raw' })),
        },
      },
      ...(original.mark === undefined
        ? []
        : [
            {
              // virt-clone carries the mark over, and the copy is neither a template nor a linked clone.
              title: l10n.t('Take the marks of {0} from its copy', original.name),
              spec: markCommand(uri, name, undefined),
              atomic: true,
              verify: { kind: 'unmarked', domain: name } as const,
            },
          ]),
    ],
  });
}
