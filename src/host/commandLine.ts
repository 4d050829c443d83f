/** The programs the extension runs, by the names under which they are known and can be set in the settings. */
export const programs = [
  'virsh',
  'virt-clone',
  'virt-install',
  'virt-xml',
  'qemu-img',
  'osinfo-query',
  'virt-sysprep',
] as const;
export type Program = (typeof programs)[number];

/** Programs of the system, found where it has them; of those that install others each system has its own. */
export const tools = [
  'chmod',
  'install',
  'ln',
  'mv',
  'rm',
  'ssh',
  'sudo',
  'touch',
  'xorriso',
  'genisoimage',
  'mkisofs',
  'apt-get',
  'dnf',
  'zypper',
  'pacman',
] as const;
export type Tool = (typeof tools)[number];

/** A command as data: a program and the arguments it gets, byte for byte; no shell ever reads them. */
export interface CommandSpec {
  readonly file: Program | Tool;
  readonly args: readonly string[];
  /** What the program reads from the file `inputFile` among its arguments; whoever runs it provides that file. */
  readonly input?: string;
}

/** Stands in the arguments for a file with the `input`: a name that is true in a shell, where a here-document gives it. */
export const inputFile = '/dev/stdin';

/** A virsh command on the host with this URI. Options go before the command's own, so that both stay readable. */
export function virsh(uri: string, command: string, ...args: readonly string[]): CommandSpec {
  return { file: 'virsh', args: ['--connect', uri, command, ...args] };
}

/** The same for a command that reads XML from a file, which has to be its last argument. */
export function virshReading(
  uri: string,
  input: string,
  command: string,
  ...args: readonly string[]
): CommandSpec {
  return { ...virsh(uri, command, ...args, '--file', inputFile), input };
}

/**
 * An option of a program that reads its arguments with Python's argparse, as virt-clone and virt-install do: a value
 * that starts with a dash must be joined to its option, or it is taken for an option itself.
 */
export function option(name: string, value: string): string[] {
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}

/** Quotes one word for virsh's own command parser: inside single quotes everything is literal (vsh.c). */
export function quoteForVirsh(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether a URI means this machine: it names no other, and no transport to one. */
export function isLocal(uri: string): boolean {
  return /^[a-z0-9]+(\+unix)?:\/\/\//.test(uri);
}
