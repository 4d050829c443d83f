import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import type { Expectation } from '../plan/plan';
import type { Oracle } from './verify';

const filters = { autostart: '--autostart', managedSave: '--with-managed-save' } as const;

/** Whether a machine keeps beside its definition what it should: libvirt's own list says so. */
export async function unmetKept(
  { uuid, what, kept }: Extract<Expectation, { kind: 'kept' }>,
  { uri, run }: Oracle,
): Promise<string | undefined> {
  const { stdout } = await run(virsh(uri, 'list', '--all', filters[what], '--uuid'));
  if (stdout.split('\n').includes(uuid) === kept) return undefined;
  if (what === 'autostart') {
    return kept ? l10n.t('It is not started with its host.') : l10n.t('It is still started with its host.');
  }
  return kept ? l10n.t('Its memory was not saved.') : l10n.t('Its saved memory is still there.');
}
