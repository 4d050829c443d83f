import * as l10n from '@vscode/l10n';
import type { Volume } from '../host/volume';
import { isActive } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { markClone, virtInstall, type NewMachine } from './machine';
import { domainNameProblem, virtInstallNameProblem, virtToolsPathProblem } from './names';
import { Refusal, runnable, type Plan, type Step } from './plan';

/** What a person decides about a machine on a volume that exists. */
export interface ImportAnswers extends Omit<NewMachine, 'disks' | 'graphics'> {
  readonly volume: Volume;
}

/**
 * The command that makes a machine on an existing volume.
 * @throws Refusal where others stand on the volume or use it: the new machine would write to it
 */
export function importVolume(answers: ImportAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const { volume } = answers;
  checkVolume(volume, lineage);
  return runnable({
    title: l10n.t('Virtual machine {0} on {1}', answers.name, volume.name),
    uri,
    notes: [],
    steps: importSteps(uri, answers, lineage),
  });
}

/**
 * The commands that import an image, also one that an earlier step of the same plan makes.
 * @throws Refusal for a name or path that the tools would not take
 */
export function importSteps(
  uri: string,
  answers: Omit<ImportAnswers, 'volume'> & { readonly volume: Pick<Volume, 'path' | 'format' | 'backing'> },
  lineage: Lineage,
): Step[] {
  const { volume, name } = answers;
  const taken = new Set(lineage.inventory.domains.map((domain) => domain.name));
  const problem =
    domainNameProblem(name, taken) ?? virtInstallNameProblem(name) ?? virtToolsPathProblem(volume.path);
  if (problem !== undefined) throw new Refusal(problem);
  const machine = { ...answers, disks: [{ path: volume.path, bus: 'virtio' }], graphics: undefined };
  return [
    {
      title: l10n.t('Create the virtual machine {0} on the volume', name),
      spec: virtInstall(uri, machine),
      undo: { kind: 'undefineDomain', name, image: volume.path },
      verify: { kind: 'machine', name, images: [{ path: volume.path, format: volume.format ?? 'raw' }] },
    },
    ...(volume.backing === undefined ? [] : [markOn(volume.backing.path)]),
  ];

  function markOn(base: string): Step {
    const image = lineage.volume(base);
    return markClone(uri, name, ownerOf(base, lineage), image === undefined ? [] : [image]);
  }
}

/** The UUID of the domain that writes to a base: the template of what stands on it. */
function ownerOf(path: string, lineage: Lineage): string | undefined {
  return lineage.usersOf(path).find((user) => lineage.writesTo(user, path))?.uuid;
}

function checkVolume(volume: Volume, lineage: Lineage): void {
  const { path } = volume;
  if (volume.problem !== undefined)
    throw new Refusal(l10n.t('The volume {0} cannot be read: {1}', path, volume.problem));
  const overlays = lineage.overlaysOf(path);
  if (overlays.length > 0) {
    throw new Refusal(
      l10n.t(
        '{0} is the backing store of {1}; a machine that writes to it would damage what stands on it. Create a linked volume on it instead.',
        volume.name,
        overlays.map((overlay) => overlay.name).join(', '),
      ),
    );
  }
  const user = lineage.usersOf(path)[0];
  if (user === undefined) return;
  throw new Refusal(
    isActive(user)
      ? l10n.t(
          '{0} is in use by {1}, which is running. Create a linked volume on another base, or shut it down first.',
          volume.name,
          user.name,
        )
      : l10n.t('{0} already belongs to {1}. Create a linked volume on it instead.', volume.name, user.name),
  );
}
