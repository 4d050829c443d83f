import { isActive, type Domain, type Snapshot } from '../host/domain';
import type { Network } from '../host/network';
import type { Pool } from '../host/pool';
import { isExternal } from '../host/snapshot';
import type { Volume } from '../host/volume';
import { remedyOf, type Finding } from '../lineage/health';
import type { Lineage } from '../lineage/lineage';

/** Every flag a tree item may carry, in the order in which they stand. Menus match them by word. */
export const flags = [
  'host',
  'connected',
  'canAsk',
  'pool',
  'network',
  'active',
  'volume',
  'file',
  'qcow2',
  'iso',
  'base',
  'overlay',
  'used',
  'domain',
  'running',
  'paused',
  'shutoff',
  'persistent',
  'saved',
  'autostart',
  'clone',
  'template',
  'marked',
  'inUse',
  'snapshot',
  'external',
  'current',
  'problem',
  'relink',
  'flatten',
  'forceOff',
  'convertToTemplate',
] as const;
export type Flag = (typeof flags)[number];

function inOrder(set: Readonly<Partial<Record<Flag, boolean>>>): string {
  return flags.filter((flag) => set[flag] === true).join(' ');
}

export function hostContext(connected: boolean, canAsk: boolean): string {
  return inOrder({ host: true, connected, canAsk });
}

export function poolContext(pool: Pool): string {
  return inOrder({ pool: true, active: pool.active });
}

export function networkContext({ active }: Network): string {
  return inOrder({ network: true, active });
}

export function volumeContext(volume: Volume, lineage: Lineage): string {
  return inOrder({
    volume: true,
    file: volume.type === 'file',
    qcow2: volume.format === 'qcow2',
    iso: volume.format === 'iso',
    base: lineage.overlaysOf(volume.path).length > 0,
    overlay: volume.backing !== undefined,
    used: lineage.usersOf(volume.path).length > 0,
  });
}

export function snapshotContext(snapshot: Snapshot): string {
  return inOrder({ snapshot: true, external: isExternal(snapshot), current: snapshot.current === true });
}

/** A problem carries its remedy's name, so that a menu can offer it. */
export function problemContext(finding: Finding): string {
  const remedy = remedyOf(finding)?.slice('libvirt.'.length);
  return inOrder({ problem: true, ...(remedy === undefined ? {} : { [remedy]: true }) });
}

/** States between on and off (idle, being shut down, suspended by the guest) count as running: it has a process. */
export function domainContext(domain: Domain, lineage: Lineage, template: boolean): string {
  const off = !isActive(domain);
  return inOrder({
    domain: true,
    running: !off && domain.state !== 'paused',
    paused: domain.state === 'paused',
    shutoff: off,
    persistent: domain.persistent,
    saved: domain.baggage?.managedSave === true,
    autostart: domain.baggage?.autostart === true,
    clone: lineage.parentOf(domain) !== undefined || domain.mark?.kind === 'clone',
    template,
    marked: domain.mark?.kind === 'template',
    inUse: template && lineage.dependantsOfDomain(domain).length > 0,
  });
}
