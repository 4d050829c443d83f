import { createHash } from 'node:crypto';

/** What tells a new machine from all others: the same each time it is asked for, so that a plan can be made again. */
export interface Identity {
  /** A random-looking UUID (version 4) for what it is wanted for. */
  uuid(what: string): string;
  /** A MAC address that nobody has; from then on it is taken. */
  mac(what: string): string;
}

/**
 * The identity of one new machine.
 * @param seed random, chosen once for a run
 * @param takenMacs addresses in use, in lower case; those that are given out are added
 * @param macPrefix the first three bytes; QEMU's own unless told
 */
export function identityOf(
  seed: string,
  name: string,
  takenMacs: Set<string>,
  macPrefix = '52:54:00',
): Identity {
  const hash = (what: string) =>
    createHash('sha256')
      .update(JSON.stringify([seed, name, what]))
      .digest('hex');
  return {
    uuid: (what) => {
      const hex = hash(what);
      const variant = '89ab'[parseInt(hex[16] ?? '0', 16) % 4] ?? '8';
      return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`]
        .concat(hex.slice(20, 32))
        .join('-');
    },
    mac: (what) => {
      for (let attempt = 0; ; attempt++) {
        const hex = hash(`${what}#${attempt}`);
        const mac = [macPrefix, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)].join(':');
        if (takenMacs.has(mac)) continue;
        takenMacs.add(mac);
        return mac;
      }
    },
  };
}
