import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { isWritable, lookAgain, noteLink, rebaseCommand, unusedOverlay, type IdleOverlay } from './images';
import { octal } from './mark';
import { makeReadOnly, makeWritable } from './permissions';
import { runAt } from './place';
import { Refusal, runnable, type Plan, type Step } from './plan';

/** What a person decides when a base has moved. */
export interface RelinkAnswers {
  readonly image: Volume;
  readonly base: Volume;
  /** Seconds since 1970. */
  readonly now: number;
  readonly me: number | undefined;
}

/** Images that could be the base of an overlay under another name: those of its name first, then those of its size. */
export function relinkCandidates(image: Volume, lineage: Lineage): Volume[] {
  const former = image.backing?.path;
  const name = former === undefined ? undefined : posix.basename(former);
  const header = lineage.inventory.facts?.get(image.path)?.header;
  const size = header?.capacity ?? image.capacity;
  return [...lineage.images]
    .filter((one) => one.type === 'file' && one.format !== undefined && one.format !== 'iso')
    .filter((one) => !lineage.same(one.path, image.path) && one.capacity <= size && one.problem === undefined)
    .filter((one) => !lineage.chain(one.path).some((path) => lineage.same(path, image.path)))
    .filter((one) => one.path === former || one.name === name || one.capacity === size)
    .sort((a, b) => rank(a) - rank(b));

  function rank(one: Volume): number {
    return one.path === former ? 0 : one.name === name ? 1 : 2;
  }
}

/**
 * The commands that write another name of the same base into the header of an overlay, after they have tried it without
 * writing. That it is the same image is not known here: who calls this has proved it.
 * @throws Refusal where it cannot be done
 */
export function relink({ image, base, now, me }: RelinkAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const overlay = unusedOverlay(image, lineage, me);
  const { format } = base;
  if (format === undefined) {
    throw new Refusal(
      l10n.t('libvirt does not know the format of {0}. Refresh its pool and try again.', base.path),
    );
  }
  const recorded = lineage.inventory.facts?.get(image.path)?.header?.backing;
  const owner = lineage.usersOf(base.path).find((user) => lineage.writesTo(user, base.path))?.uuid;
  const former = overlay.backing.path;
  const title = l10n.t('Relink {0} to {1}', image.name, base.path);
  return runnable({
    title,
    uri,
    notes: [l10n.t('Only the name in its header changes.')],
    steps: [
      {
        title: l10n.t('Try {0} on {1} without writing', image.name, base.name),
        spec: runAt(overlay.place, {
          file: 'qemu-img',
          args: ['measure', '-O', 'qcow2', '--output=json', tried(image.path, base.path, format)],
        }),
      },
      // A base in the middle of a chain is read-only, and is so again afterwards.
      ...(isWritable(image) ? [] : [makeWritable(image, overlay.place, 'u+w')]),
      {
        title,
        spec: rebaseCommand(overlay, base.path, format, '-u'),
        atomic: true,
        undo: {
          kind: 'restore',
          title: l10n.t('Relink {0} to {1}', image.name, overlay.backing.path),
          done: l10n.t('{0} stands where it stood', image.name),
          specs: [
            rebaseCommand(
              overlay,
              recorded?.name ?? overlay.backing.path,
              recorded?.format ?? overlay.backing.format ?? format,
              '-u',
            ),
          ],
        },
      },
      ...keepAge(overlay, lineage),
      ...(isWritable(image) ? [] : [makeReadOnly(image, overlay.place, octal(image.mode ?? 0), 'u+w')]),
      // Under its own name it is as old as before, and what was written to it since stays to be seen.
      ...(lineage.same(former, base.path)
        ? []
        : overlay.users.flatMap((user) => {
            const of = owner ?? (user.mark?.kind === 'clone' ? user.mark.of : undefined);
            return noteLink(uri, user, { of, since: now, base, former: [former] });
          })),
      ...lookAgain([image], lineage, new Map([[image, base.path]])),
    ],
  });
}

/** What stands on it reads the same as before, and must not take it for changed: it has its time again. */
function keepAge({ image: { path, name, modified }, place }: IdleOverlay, lineage: Lineage): Step[] {
  if (modified === undefined || lineage.overlaysOf(path).length === 0) return [];
  return [
    {
      title: l10n.t('Let {0} be as old as before', name),
      spec: runAt(place, { file: 'touch', args: ['-m', '-d', `@${modified}`, '--', path] }),
      atomic: true,
    },
  ];
}

/** QEMU's name of an overlay as if it stood on another image. */
function tried(path: string, base: string, format: string): string {
  const file = (filename: string) => ({ driver: 'file', filename });
  const backing = { driver: format === 'qcow2' ? 'qcow2' : format, file: file(base) };
  return `json:${JSON.stringify({ driver: 'qcow2', file: file(path), backing })}`;
}
