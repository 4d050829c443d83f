import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import type { Network } from '../host/network';
import type { Lineage } from '../lineage/lineage';
import { Refusal, runnable, type Plan } from './plan';

/**
 * A network by its name.
 * @throws Refusal if there is none
 */
export function findNetwork({ inventory: { networks, uri } }: Lineage, name: string): Network {
  const network = networks.find((one) => one.name === name);
  if (network !== undefined) return network;
  throw new Refusal(l10n.t('There is no network "{0}" on {1}.', name, uri));
}

/**
 * The command that starts a network.
 * @throws Refusal where it is active already
 */
export function startNetwork({ name, active }: Network, { inventory: { uri } }: Lineage): Plan {
  if (active) throw new Refusal(l10n.t('The network {0} is already active.', name));
  const title = l10n.t('Start the network {0}', name);
  const spec = virsh(uri, 'net-start', '--network', name);
  const verify = { kind: 'active', what: 'network', name } as const;
  return runnable({ title, uri, notes: [], steps: [{ title, spec, verify, atomic: true }] });
}
