import * as l10n from '@vscode/l10n';
import type { Volume } from '../host/volume';
import { octal } from './mark';
import { runAt, type Place } from './place';
import type { Step } from './plan';

type Image = Pick<Volume, 'name' | 'path' | 'mode'>;

/**
 * Makes an image writable; its way back are the permissions that it has.
 * @param mode as chmod takes it
 */
export function makeWritable({ name, path, mode: before = 0 }: Image, place: Place, mode: string): Step {
  return {
    title: l10n.t('Make {0} writable', name),
    spec: chmod(place, path, mode),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Make {0} read-only', name),
      done: l10n.t('{0} has its permissions again', name),
      specs: [chmod(place, path, octal(before))],
    },
    verify: { kind: 'writable', path, writable: true },
  };
}

/**
 * Makes an image read-only.
 * @param mode as chmod takes it
 * @param back the permissions that it has, to which the way back leads
 */
export function makeReadOnly({ name, path }: Image, place: Place, mode: string, back: string): Step {
  return {
    title: l10n.t('Make {0} read-only', name),
    spec: chmod(place, path, mode),
    atomic: true,
    undo: {
      kind: 'restore',
      title: l10n.t('Make {0} writable', name),
      done: l10n.t('{0} can be written to again', name),
      specs: [chmod(place, path, back)],
    },
    verify: { kind: 'writable', path, writable: false },
  };
}

function chmod(place: Place, path: string, mode: string) {
  return runAt(place, { file: 'chmod', args: [mode, '--', path] });
}
