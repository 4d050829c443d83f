import * as vscode from 'vscode';
import { firstAddresses } from '../host/addresses';
import { isActive, type Domain } from '../host/domain';
import type { Host } from '../host/host';
import { Refusal } from '../plan/plan';
import { Cancelled, pick } from './ask';

// A guest that has just been started asks for its lease within a minute, or not at all.
const patienceMs = 60_000;

/**
 * The address of a running machine, waited for where it has none yet; asked for where it has several and a person is
 * there.
 * @throws Refusal where it is not running, has no network the host could reach it by, or gets no address in a minute
 * @throws Cancelled
 */
export async function guestAddress(
  host: Host,
  domain: Domain,
  title: string,
  mayAsk: boolean,
): Promise<string> {
  if (!isActive(domain)) throw new Refusal(vscode.l10n.t('{0} is not running.', domain.name));
  if (domain.interfaces.every(({ type }) => type === 'user')) {
    throw new Refusal(
      vscode.l10n.t(
        '{0} has no address that this host can reach: its network is one of user mode, or none. Use its serial console.',
        domain.name,
      ),
    );
  }
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Waiting for an address of {0}…', domain.name),
    cancellable: true,
  };
  const found = await vscode.window.withProgress(options, async (progress, token) => {
    const enough = new AbortController();
    token.onCancellationRequested(() => enough.abort());
    const addresses = await firstAddresses(domain.uuid, host.uri, host.run, {
      limitMs: patienceMs,
      signal: enough.signal,
      onLook: (passed) => progress.report({ increment: 100 * passed }),
    });
    if (enough.signal.aborted) throw new Cancelled();
    return addresses;
  });
  const [first] = found;
  if (first === undefined) {
    throw new Refusal(
      vscode.l10n.t(
        'Neither a DHCP lease nor the guest agent nor the ARP table names an address of {0}.',
        domain.name,
      ),
    );
  }
  if (found.length === 1 || !mayAsk) return first.address;
  return pick(
    title,
    vscode.l10n.t('Address of {0}', domain.name),
    found.map((address) => ({
      label: address.address,
      description: address.interface,
      detail: address.mac,
      value: address.address,
    })),
  );
}
