import * as l10n from '@vscode/l10n';
import type { Domain } from '../host/domain';
import { namesOf, type Dependant, type Lineage } from '../lineage/lineage';
import { Refusal } from './plan';

/** A refusal because others stand on what would be changed: who shows it can offer what helps. */
export class InUse extends Refusal {
  constructor(
    message: string,
    readonly uri: string,
    readonly dependants: readonly Dependant[],
  ) {
    super(message);
  }
}

/** What would harm those who stand on an image. */
export type Act =
  | 'start'
  | 'resume'
  | 'delete'
  | 'deleteVolume'
  | 'generalise'
  | 'free'
  | 'resize'
  | 'rename'
  | 'change'
  | 'commit'
  | 'snapshot'
  | 'reset'
  | 'detachWithStorage'
  | 'attach';

function sentence(act: Act, name: string, dependants: string): string {
  switch (act) {
    case 'start':
      return l10n.t(
        '{0} must not be started: its disks are the base of {1}, and whatever it wrote would damage that. Start a linked clone of it instead.',
        name,
        dependants,
      );
    case 'resume':
      return l10n.t(
        '{0} must not go on: its disks are the base of {1}, and whatever it wrote would damage that.',
        name,
        dependants,
      );
    case 'delete':
      return l10n.t(
        '{0} cannot be deleted: its disks are the base of {1}. Delete what stands on it first.',
        name,
        dependants,
      );
    case 'deleteVolume':
      return l10n.t(
        '{0} cannot be deleted: it is the base of {1}, which would lose its contents.',
        name,
        dependants,
      );
    case 'generalise':
      return l10n.t(
        '{0} cannot be generalised any more: virt-sysprep would write to the base of {1}. Convert it as it is.',
        name,
        dependants,
      );
    case 'free':
      return l10n.t(
        '{0} cannot become a virtual machine again: its disks are the base of {1}. Make those independent of it or delete them first.',
        name,
        dependants,
      );
    case 'resize':
      return l10n.t(
        '{0} cannot be resized: it is the base of {1}. Enlarge the disks of those.',
        name,
        dependants,
      );
    case 'rename':
      return l10n.t(
        '{0} cannot be renamed: it is the base of {1}, which would not find it.',
        name,
        dependants,
      );
    case 'change':
      return l10n.t(
        '{0} cannot be given another base: it is itself the base of {1}. Make those independent first.',
        name,
        dependants,
      );
    case 'commit':
      return l10n.t(
        'Nothing can be committed into {0}: it is also the base of {1}, which that would damage.',
        name,
        dependants,
      );
    case 'snapshot':
      return l10n.t(
        'Snapshots of {0} can be neither made, reverted to nor deleted: it is the base of {1}, which that could damage.',
        name,
        dependants,
      );
    case 'reset':
      return l10n.t(
        '{0} cannot be reset to its template: its own disk is the base of {1}, which would lose its contents.',
        name,
        dependants,
      );
    case 'attach':
      return l10n.t(
        '{0} must not be written to: it is the base of {1}, which that would damage. Let the machine stand on an overlay of it instead.',
        name,
        dependants,
      );
    case 'detachWithStorage':
      return l10n.t(
        '{0} cannot be detached and deleted: it is the base of {1}, which would lose its contents.',
        name,
        dependants,
      );
  }
}

/**
 * Lets an act on an image pass where nobody stands on it.
 * @param except overlays that do not count: who is committed, or deleted in the same breath
 * @throws InUse which names who stands on it, and counts those too that are switched off or that no machine has
 */
export function guardImage(
  act: Exclude<Act, 'start' | 'resume' | 'delete' | 'generalise' | 'free' | 'reset'>,
  path: string,
  lineage: Lineage,
  except: ReadonlySet<string> = new Set(),
): void {
  const name = lineage.volume(path)?.name ?? path;
  refuse(act, name, lineage.dependantsOf(path), lineage, except);
}

/** The same for an act on a machine, which concerns every image that it may write to. */
export function guardDomain(
  act: 'start' | 'resume' | 'delete' | 'generalise' | 'free' | 'snapshot' | 'reset',
  domain: Domain,
  lineage: Lineage,
  except: ReadonlySet<string> = new Set(),
): void {
  // A disk that others share stays when one of them is deleted.
  const images = act === 'delete' ? lineage.imagesOf(domain) : undefined;
  refuse(act, domain.name, lineage.dependantsOfDomain(domain, images), lineage, except);
}

function refuse(
  act: Act,
  name: string,
  found: readonly Dependant[],
  { inventory }: Lineage,
  except: ReadonlySet<string>,
): void {
  const dependants = found.filter(({ volume }) => !except.has(volume.path));
  if (dependants.length > 0)
    throw new InUse(sentence(act, name, countedNames(dependants)), inventory.uri, dependants);
}

function countedNames(dependants: readonly Dependant[]): string {
  return l10n.t('{0} (images: {1}, also of what is switched off)', namesOf(dependants), dependants.length);
}
