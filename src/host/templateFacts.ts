import { virsh } from './commandLine';
import { CommandError } from './errors';
import { exists, isPresent } from './files';
import type { Run } from './process';
import { parseXml } from './xml';

/** Where a machine keeps its UEFI variables, and whether the file is there; it is not before the first start. */
export interface NvramFile {
  readonly path: string;
  readonly exists: boolean;
}

/** What only a look at a template itself tells; read when a clone of it is wished for. */
export interface TemplateFacts {
  /** Its definition, as it will be at the next start, with passwords. */
  readonly definition: string;
  readonly nvram: NvramFile | undefined;
  /** Whether its memory is saved on disk, to go on from there at the next start. */
  readonly saved: boolean;
}

/**
 * Reads what a clone of this domain is made from.
 * @param local whether the files of the host can be looked for here; elsewhere libvirt is asked
 * @throws CommandError
 */
export async function readTemplateFacts(
  uri: string,
  uuid: string,
  run: Run,
  local: boolean,
): Promise<TemplateFacts> {
  const definition = await readDefinition(uri, uuid, run);
  const info = await run(virsh(uri, 'dominfo', '--domain', uuid));
  const path = await nvramPath(definition, uri, uuid, run);
  return {
    definition,
    nvram: path === undefined ? undefined : { path, exists: await isThere(path, uri, run, local) },
    saved: /^Managed save:\s+yes/m.test(info.stdout),
  };
}

async function readDefinition(uri: string, uuid: string, run: Run): Promise<string> {
  const words = ['--domain', uuid, '--inactive'];
  try {
    return (await run(virsh(uri, 'dumpxml', ...words, '--security-info'))).stdout;
  } catch (error) {
    // Who may only look does not see passwords.
    if (!(error instanceof CommandError) || error.kind === 'gone') throw error;
    return (await run(virsh(uri, 'dumpxml', ...words))).stdout;
  }
}

/**
 * libvirt before 9.1 does not write down where the variables are of a machine whose firmware it chose itself; the
 * command line that it would start QEMU with tells.
 */
async function nvramPath(
  definition: string,
  uri: string,
  uuid: string,
  run: Run,
): Promise<string | undefined> {
  const os = parseXml(definition).first('os');
  const nvram = os?.first('nvram');
  const stated =
    nvram?.first('source')?.attribute('file') ??
    os?.first('varstore')?.attribute('path') ??
    nvram?.text.trim();
  if (stated !== undefined && stated !== '') return stated;
  if (os?.attribute('firmware') !== 'efi') return undefined;
  try {
    const { stdout } = await run(virsh(uri, 'domxml-to-native', 'qemu-argv', '--domain', uuid));
    return nvramOf(stdout);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/**
 * Whether a file is there, also on another host or in a directory that only libvirt may read. libvirt has no question for
 * that but what it says of a file that is taken for a saved machine: one that it cannot open it names; of one that is
 * something else it finds the contents wrong.
 */
async function isThere(path: string, uri: string, run: Run, local: boolean): Promise<boolean> {
  if (local && (await isPresent(path))) return true;
  if (local && !(await exists(path))) return false;
  try {
    await run(virsh(uri, 'save-image-dumpxml', '--file', path));
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return !error.stderr.includes(`'${path}'`);
  }
}

/** The file behind the second flash of a QEMU command line, which holds the variables. */
export function nvramOf(commandLine: string): string | undefined {
  const node = commandLine
    .split("'")
    .find((word) => word.startsWith('{') && word.includes('"node-name":"libvirt-pflash1-storage"'));
  if (node === undefined) return undefined;
  const { filename } = JSON.parse(node) as { filename?: string };
  return filename;
}
