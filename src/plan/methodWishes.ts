import { methods, type Method } from './machine';

/** What a person may wish of a clone's machine beyond its disks. Memory in bytes. */
export interface MachineWishes {
  memory: number;
  vcpus: number;
  osinfo: string;
  networks: readonly string[];
}

/** The same by name, in the order in which they are asked for. */
export const machineWishes = ['memory', 'vcpus', 'osinfo', 'networks'] as const;

// virt-clone copies all of it from the template.
const heeded: Readonly<Record<Method, readonly (keyof MachineWishes)[]>> = {
  'virt-clone': [],
  define: ['memory', 'vcpus'],
  'virt-install': machineWishes,
};

/** Whether a machine that is made by this method can have something else than its template. */
export function heeds(method: Method, wish: keyof MachineWishes): boolean {
  return heeded[method].includes(wish);
}

/** The method by which a machine can have something else than its template, and most of it stays. */
export function methodFor(wish: keyof MachineWishes): Method {
  const able = methods.filter((method) => heeds(method, wish));
  return able.includes('define') ? 'define' : 'virt-install';
}

/** The wishes with what this method passes over set back to what the template has. */
export function wishesHeeded(method: Method, wishes: MachineWishes, own: MachineWishes): MachineWishes {
  const pick = <K extends keyof MachineWishes>(key: K) => (heeds(method, key) ? wishes : own)[key];
  return { memory: pick('memory'), vcpus: pick('vcpus'), osinfo: pick('osinfo'), networks: pick('networks') };
}
