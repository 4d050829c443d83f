import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { guardImage } from './guard';
import { markCommand } from './mark';
import { checkNoSnapshots, checkRoom, growth, idleOverlay, lookAgain, rebaseCommand } from './images';
import { runAt } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';

/** What is to be made independent: machines with all their overlays, and overlays that no machine has. */
export interface FlattenAnswers {
  readonly domains: readonly Domain[];
  readonly volumes: readonly Volume[];
  /** How much images grow, in bytes by their paths, where it was measured. */
  readonly needed?: ReadonlyMap<string, number>;
  readonly me: number | undefined;
}

/** The overlays that a flattening is about, what stands on others of them first: it is free by the time those change. */
export function overlaysToFlatten(
  { domains, volumes }: Pick<FlattenAnswers, 'domains' | 'volumes'>,
  lineage: Lineage,
): Volume[] {
  const images = domains.flatMap((domain) =>
    lineage.imagesOf(domain).flatMap((path) => lineage.volume(path) ?? []),
  );
  const depth = (image: Volume) => lineage.chain(image.path).length;
  return [...new Set([...images, ...volumes])]
    .filter(({ backing }) => backing !== undefined)
    .sort((a, b) => depth(b) - depth(a));
}

/**
 * The commands that copy into overlays what they read from their bases, and cut the link: by libvirt where a machine
 * runs, by qemu-img where it is off. Both leave a sound overlay when they are ended in between: the link is cut last.
 * @throws Refusal where it cannot be done, would not be safe, or there is too little room
 */
export function flatten(answers: FlattenAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const images = overlaysToFlatten(answers, lineage);
  const [only] = answers.domains;
  if (images.length === 0) {
    throw new Refusal(
      l10n.t(
        '{0} stands on nothing: it is independent already.',
        only?.name ?? answers.volumes[0]?.name ?? '',
      ),
    );
  }
  for (const image of images) {
    checkChain(image, lineage);
    checkNoSnapshots(image, lineage);
  }
  checkRoom(
    new Map(images.map((image) => [image, answers.needed?.get(image.path) ?? growth(image, lineage)])),
    lineage,
  );
  const freed = new Set(images.map(({ path }) => path));
  const names = images.map(({ name }) => name).join(', ');
  return runnable({
    title: l10n.t('Make {0} independent', names),
    uri,
    notes: [],
    steps: [
      ...images.flatMap((image) => flattenSteps(image, lineage, answers.me, freed)),
      ...unmarkSteps(images, lineage),
      ...lookAgain(images, lineage, new Map()),
    ],
  });
}

function checkChain(image: Volume, lineage: Lineage): void {
  for (const path of [image.path, ...lineage.chain(image.path)]) {
    const backing = lineage.volume(path)?.backing;
    if (backing?.found !== false || lineage.volume(backing.path) !== undefined) continue;
    throw new Refusal(
      l10n.t(
        'The chain of {0} is broken: {1} is missing or cannot be read. Bring it back first.',
        path,
        backing.path,
      ),
    );
  }
}

/** A machine that stands on nothing any more is no linked clone. */
function unmarkSteps(images: readonly Volume[], lineage: Lineage): Step[] {
  const { uri } = lineage.inventory;
  const users = new Set(images.flatMap(({ path }) => lineage.usersOf(path)));
  const free = [...users].filter(
    (user) =>
      user.mark?.kind === 'clone' &&
      lineage.imagesOf(user).every((path) => {
        const image = lineage.volume(path);
        return image?.backing === undefined || images.includes(image);
      }),
  );
  return free.map((user): Step => {
    const scope = [...(isActive(user) ? ['--live'] : []), ...(user.persistent ? ['--config'] : [])];
    return {
      title: l10n.t('Take the mark of a linked clone from {0}', user.name),
      spec: markCommand(uri, user.uuid, undefined, scope),
      atomic: true,
      undo: {
        kind: 'restore',
        title: l10n.t('Set back the mark of {0}', user.name),
        done: l10n.t('the mark of {0} is as it was', user.name),
        specs: [markCommand(uri, user.uuid, user.mark, scope)],
      },
      verify: { kind: 'marked', uuid: user.uuid, template: false },
    };
  });
}

function flattenSteps(
  image: Volume,
  lineage: Lineage,
  me: number | undefined,
  freed: ReadonlySet<string>,
): Step[] {
  const { uri } = lineage.inventory;
  const running = lineage
    .usersOf(image.path)
    .find((user) => isActive(user) && lineage.writesTo(user, image.path));
  const title = l10n.t('Make {0} independent', image.name);
  if (running !== undefined) {
    guardImage('change', image.path, lineage, freed);
    const disk = running.disks.find((one) => lineage.same(lineage.pathOf(one) ?? '', image.path));
    if (disk === undefined) {
      throw new Refusal(
        l10n.t('{0} uses {1} only after its next start. Restart it first.', running.name, image.name),
      );
    }
    const on = ['--domain', running.uuid, '--path', disk.target];
    return [
      {
        title,
        spec: virsh(uri, 'blockpull', ...on, '--wait', '--verbose'),
        undo: { kind: 'abortBlockJob', domain: running.uuid, target: disk.target },
      },
    ];
  }
  const idle = idleOverlay(image, lineage, me, freed);
  return [
    {
      title,
      spec: rebaseCommand(idle, '', undefined, '-p'),
      undo: {
        kind: 'restore',
        title: l10n.t('Give back what {0} does not use', image.name),
        done: l10n.t('{0} has its contents, with its base or without', image.name),
        specs: [
          runAt(idle.place, {
            file: 'qemu-img',
            args: ['check', '-q', '-r', 'leaks', '-f', 'qcow2', image.path],
          }),
        ],
      },
    },
  ];
}
