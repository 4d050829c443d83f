import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { isPresent } from '../host/files';
import { Refusal, type Plan } from '../plan/plan';

/**
 * Looks, where the host is this machine, at what libvirt does not tell: files that a pool does not show (links to
 * nowhere, sockets), and directories that nobody can write to.
 * @throws Refusal before anything has run
 */
export async function preflight({ uri, steps }: Plan, local: boolean): Promise<void> {
  if (!local) return;
  const places = steps.flatMap(({ undo }) => (undo?.kind === 'deleteVolume' ? [undo.path] : []));
  for (const path of places) {
    if (await isPresent(path)) {
      throw new Refusal(l10n.t('There is already a file {0}. Choose another name, or remove it.', path));
    }
  }
  for (const directory of new Set(places.map((path) => posix.dirname(path)))) {
    const problem = await writeProblem(directory);
    // A session writes as its user; the system's libvirt as root, whom only a medium can refuse.
    const binding = problem === 'EROFS' || (problem === 'EACCES' && new URL(uri).pathname === '/session');
    if (binding) {
      throw new Refusal(
        l10n.t('Nothing can be written to {0}. Choose another pool, or change its permissions.', directory),
      );
    }
  }
}

async function writeProblem(directory: string): Promise<string | undefined> {
  try {
    await access(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
