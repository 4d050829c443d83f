import * as l10n from '@vscode/l10n';
import { isLocal, type CommandSpec } from '../host/commandLine';
import { isActive, type Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import { placeOf, runAt, type Place } from './place';
import { Refusal, type Step } from './plan';

/** How what must be unique leaves a machine before it is cloned: it has already, or virt-sysprep takes it away. */
export type Generalise =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'virt-sysprep';
      /** virt-sysprep's names of its operations; none for those it does by default. */
      readonly operations: readonly string[];
      /** The host name it leaves behind; undefined for none. */
      readonly hostname: string | undefined;
    };

// The internal snapshot that makes a step back possible; it is gone when the plan has ended, whichever way.
const snapshot = 'before-virt-sysprep';

/**
 * The steps that generalise a machine: virt-sysprep, and around it a snapshot inside each qcow2 image, so that a plan
 * that fails later leaves the images as they were.
 * @throws Refusal where virt-sysprep cannot work
 */
export function generaliseSteps(
  uri: string,
  domain: Domain,
  images: readonly Volume[],
  generalise: Generalise,
  me: number | undefined,
): { readonly before: readonly Step[]; readonly after: readonly Step[]; readonly notes: readonly string[] } {
  if (generalise.kind === 'done') return { before: [], after: [], notes: [] };
  if (!isLocal(uri)) {
    throw new Refusal(l10n.t('virt-sysprep works on the images of this machine only, not on {0}.', uri));
  }
  if (isActive(domain))
    throw new Refusal(l10n.t('{0} is not switched off. Shut it down first.', domain.name));
  const locked = images.find(({ mode = 0 }) => (mode & 0o222) === 0);
  if (locked !== undefined) {
    throw new Refusal(l10n.t('{0} is read-only, so virt-sysprep cannot write to it.', locked.path));
  }
  const place = placeOf(
    uri,
    images.map(({ owner }) => owner),
    me,
  );
  const onImage = (path: string, ...args: readonly string[]) =>
    runAt(place, { file: 'qemu-img', args: ['snapshot', ...args, path] });
  const undoable = images.filter(({ format }) => format === 'qcow2');
  const { hostname } = generalise;
  const operations = withHostname(generalise);
  return {
    notes: images
      .filter((image) => !undoable.includes(image))
      .map(({ name, format = '?' }) =>
        l10n.t('{0} is {1}: what virt-sysprep does to it is not undone when a step fails.', name, format),
      ),
    before: [
      ...undoable.map(({ path, name }): Step => ({
        title: l10n.t('Keep {0} as it is, to go back to', name),
        spec: onImage(path, '-c', snapshot),
        atomic: true,
        undo: {
          kind: 'restore',
          title: l10n.t('Set back {0}', name),
          done: l10n.t('{0} has its former contents', name),
          specs: [onImage(path, '-a', snapshot), onImage(path, '-d', snapshot)],
        },
      })),
      {
        title: l10n.t('Generalise {0}', domain.name),
        spec: runAt(place, {
          file: 'virt-sysprep',
          args: [
            ...['--connect', uri, '--domain', domain.uuid],
            ...(operations.length === 0 ? [] : ['--operations', operations.join(',')]),
            ...(hostname === undefined ? [] : ['--hostname', hostname]),
          ],
        }),
      },
    ],
    after: undoable.flatMap((image) => forget(image, place)),
  };
}

/** A host name is set by the operation `customize`, and by no other. */
function withHostname({ operations, hostname }: Extract<Generalise, { kind: 'virt-sysprep' }>) {
  const lacks = hostname !== undefined && operations.length > 0 && !operations.includes('customize');
  return lacks ? [...operations, 'customize'] : operations;
}

/** The image is read-only by then, and so it is afterwards. */
function forget({ path, name }: Volume, place: Place): Step[] {
  const chmod = (mode: string) => runAt(place, { file: 'chmod', args: [mode, '--', path] });
  const back = (title: string, done: string, spec: CommandSpec) =>
    ({ kind: 'restore', title, done, specs: [spec] }) as const;
  const writable = l10n.t('Make {0} writable', name);
  const readOnly = l10n.t('Make {0} read-only', name);
  return [
    {
      title: writable,
      spec: chmod('u+w'),
      atomic: true,
      undo: back(readOnly, l10n.t('{0} is read-only again', name), chmod('a-w')),
    },
    {
      title: l10n.t('Forget how {0} was before', name),
      spec: runAt(place, { file: 'qemu-img', args: ['snapshot', '-d', snapshot, path] }),
      atomic: true,
    },
    {
      title: readOnly,
      spec: chmod('a-w'),
      atomic: true,
      undo: back(writable, l10n.t('{0} can be written to again', name), chmod('u+w')),
      verify: { kind: 'writable', path, writable: false },
    },
  ];
}

/** The operations in what `virt-sysprep --list-operations` prints: a name, a star for the default ones, what it does. */
export function parseOperations(
  text: string,
): { readonly name: string; readonly standard: boolean; readonly meaning: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, name, star, meaning] = /^([a-z0-9-]+)\s+(\*)?\s*(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, standard: star === '*', meaning: meaning ?? '' }];
  });
}
