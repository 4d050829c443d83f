import { execa } from 'execa';
import type { Crowd } from './crowd';

const sideBySide = 8;

/** Reads a host as a script would: a virsh process for each object, eight at a time. */
export async function readNaively({ lab, machines, paths }: Crowd): Promise<void> {
  const commands = [
    ['list', '--all', '--uuid'],
    ['vol-list', 'default'],
    ...machines.map((uuid) => ['dumpxml', uuid]),
    ...paths.map((path) => ['vol-dumpxml', path]),
  ];
  const lane = async () => {
    for (let args; (args = commands.shift()) !== undefined;)
      await execa('virsh', ['--connect', lab.uri, ...args], { env: lab.env, extendEnv: false });
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
}
