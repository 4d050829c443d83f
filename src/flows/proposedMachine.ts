import { virtType } from '../host/capabilities';
import type { Host } from '../host/host';
import type { Volume } from '../host/volume';
import type { Lineage } from '../lineage/lineage';
import { networkArgument } from '../plan/machine';
import type { MachineWishes } from '../plan/methodWishes';
import { knownOs } from './machineChoices';

// What virt-manager proposes too, where nothing is known of a system.
const unknownSystem = { memory: 2048 * 2 ** 20, vcpus: 2 };

/**
 * A machine for a volume: like the one that owns the nearest image below it (or the volume itself), since it will run
 * the same system; else a plain one.
 */
export async function proposedMachine(
  volume: Volume,
  lineage: Lineage,
  host: Host,
): Promise<MachineWishes & { type: string }> {
  const owner = [volume.path, ...lineage.chain(volume.path)]
    .flatMap((path) => lineage.usersOf(path).filter((user) => lineage.writesTo(user, path)))
    .at(0);
  if (owner !== undefined) {
    return {
      type: owner.type,
      memory: owner.memory,
      vcpus: owner.vcpus,
      osinfo: await knownOs(owner.osinfo, host.run),
      networks: owner.interfaces.flatMap((nic) => networkArgument(nic) ?? []),
    };
  }
  const network = lineage.inventory.networks.some(({ name, active }) => name === 'default' && active);
  return {
    ...unknownSystem,
    type: await virtType(host.run, host.uri),
    osinfo: await knownOs(undefined, host.run),
    networks: [network ? 'network=default,model=virtio' : 'user,model=virtio'],
  };
}
