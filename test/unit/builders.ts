import type { Disk, Domain, Interface } from '../../src/host/domain';
import { batchConnection } from '../support/batchConnection';
import { Host } from '../../src/host/host';
import type { Inventory } from '../../src/host/inventory';
import type { Pool } from '../../src/host/pool';
import type { Run } from '../../src/host/process';
import type { Backing, Volume } from '../../src/host/volume';
import { Lineage } from '../../src/lineage/lineage';
import type { CommandSpec } from '../../src/host/commandLine';

export const uri = 'qemu:///session';
export const gibibyte = 2 ** 30;

export function uuid(number: number): string {
  return `11111111-1111-4111-8111-${String(number).padStart(12, '0')}`;
}

export function backing(path: string, rest: Partial<Backing> = {}): Backing {
  return { path, format: 'qcow2', found: true, ...rest };
}

/** A qcow2 volume of 1 GiB; its name is the end of its path. */
export function volume(path: string, rest: Partial<Volume> = {}): Volume {
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    key: path,
    path,
    type: 'file',
    format: 'qcow2',
    capacity: gibibyte,
    allocation: 2 ** 20,
    backing: undefined,
    mode: 0o644,
    problem: undefined,
    ...rest,
  };
}

/** An overlay on the volume at another path. */
export function overlay(path: string, base: string, rest: Partial<Volume> = {}): Volume {
  return volume(path, { backing: backing(base), ...rest });
}

/** An active directory pool. */
export function pool(name: string, path: string, volumes: readonly Volume[], rest: Partial<Pool> = {}): Pool {
  return {
    uuid: `22222222-2222-4222-8222-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`,
    name,
    type: 'dir',
    active: true,
    path,
    capacity: 100 * gibibyte,
    allocation: 40 * gibibyte,
    available: 60 * gibibyte,
    volumes,
    problem: undefined,
    ...rest,
  };
}

/** A virtio qcow2 disk on a file; undefined is an empty drive. */
export function disk(source: string | undefined, rest: Partial<Disk> = {}): Disk {
  return {
    target: 'vda',
    bus: 'virtio',
    device: 'disk',
    type: 'file',
    source,
    volume: undefined,
    format: 'qcow2',
    readonly: false,
    shareable: false,
    encrypted: false,
    backingStated: false,
    ...rest,
  };
}

export function cdrom(source: string | undefined): Disk {
  return disk(source, { target: 'sda', bus: 'sata', device: 'cdrom', format: 'raw', readonly: true });
}

export function nic(type: string, source?: string, model?: string): Interface {
  return { type, source, model };
}

/** A domain that is switched off, with these disks. */
export function domain(
  number: number,
  name: string,
  disks: readonly Disk[],
  rest: Partial<Domain> = {},
): Domain {
  return {
    uuid: uuid(number),
    name,
    state: 'shutoff',
    persistent: true,
    title: undefined,
    type: 'kvm',
    memory: 2 * gibibyte,
    vcpus: 2,
    osinfo: 'http://debian.org/debian/11',
    disks,
    interfaces: [],
    graphics: undefined,
    nvram: false,
    tpm: false,
    console: true,
    mark: undefined,
    problem: undefined,
    ...rest,
  };
}

export function inventory(pools: readonly Pool[], domains: readonly Domain[] = []): Inventory {
  return { uri, pools, domains, networks: [] };
}

export function lineage(pools: readonly Pool[], domains: readonly Domain[] = []): Lineage {
  return new Lineage(inventory(pools, domains));
}

/** A `run` that must not be called. */
export const noRun: Run = (spec: CommandSpec) =>
  Promise.reject(new Error(`unexpected: ${spec.file} ${spec.args.join(' ')}`));

/** A host that shows this inventory, or this error above it, without asking anybody. */
export function hostWith(found: Inventory | undefined, error?: Error): Host {
  const host = new Host(uri, noRun, batchConnection(noRun, uri));
  Object.defineProperty(host, 'state', { value: { inventory: found, error } });
  return host;
}

/** What a call throws. */
export function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
