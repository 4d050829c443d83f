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

/** Whether a network or a pool is active. */
export async function unmetActive(
  { what, name }: Extract<Expectation, { kind: 'active' }>,
  { uri, run }: Oracle,
): Promise<string | undefined> {
  const { stdout } = await run(virsh(uri, what === 'network' ? 'net-list' : 'pool-list', '--name'));
  // Names of pools are padded.
  if (stdout.split('\n').some((line) => line.trimEnd() === name)) return undefined;
  return what === 'network'
    ? l10n.t('The network {0} is not active.', name)
    : l10n.t('The storage pool {0} is not active.', name);
}

/** Whether a machine has the snapshot that it should have, and is at it, or has it no longer. */
export async function unmetSnapshot(
  { domain, name, is }: Extract<Expectation, { kind: 'snapshot' }>,
  oracle: Oracle,
): Promise<string | undefined> {
  const there = await hasSnapshot(domain, name, oracle);
  if (is === 'gone') return there ? l10n.t('The snapshot {0} is still there.', name) : undefined;
  if (!there) return l10n.t('The snapshot {0} was not made.', name);
  const { stdout } = await oracle.run(virsh(oracle.uri, 'snapshot-current', '--domain', domain, '--name'));
  return stdout.split('\n')[0] === name ? undefined : l10n.t('It is not at the snapshot {0}.', name);
}

/** Whether a machine has a snapshot of this name. */
export async function hasSnapshot(domain: string, name: string, { uri, run }: Oracle): Promise<boolean> {
  const { stdout } = await run(virsh(uri, 'snapshot-list', '--domain', domain, '--name'));
  return stdout.split('\n').includes(name);
}
