import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseLibvirtConf } from './libvirtConf';
import { parseSshConfig } from './sshConfig';
import { uriProblem } from './uri';

/** Where a host is known from. */
export type HostSource = 'default' | 'alias' | 'local' | 'ssh';

/** A host that this machine knows of, and that may be added to the tree. */
export interface KnownHost {
  readonly uri: string;
  readonly source: HostSource;
  /** The name it has there; the URI where it has none. */
  readonly name: string;
}

/** Where configurations are looked for. */
export interface ConfigPlaces {
  /** The user's home, as ssh knows it. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** The system's configuration of libvirt. */
  readonly etc?: string;
}

// ssh itself gives up at this depth.
const deepest = 16;

/**
 * The hosts that libvirt's and ssh's configurations name, and those of this machine; each URI once, under the first
 * name. Files that are missing or cannot be read are passed over, whatever is in them.
 */
export async function findKnownHosts({
  home,
  env,
  etc = '/etc/libvirt',
}: ConfigPlaces): Promise<KnownHost[]> {
  // Set to nothing, or to a relative path, it counts as not set (XDG Base Directory Specification).
  const { XDG_CONFIG_HOME: xdg = '' } = env;
  const own = path.join(path.isAbsolute(xdg) ? xdg : path.join(home, '.config'), 'libvirt');
  const confs = [own, etc].map((dir) => textOf(path.join(dir, 'libvirt.conf')).then(parseLibvirtConf));
  const known: KnownHost[] = [];
  for (const { defaultUri, aliases } of await Promise.all(confs)) {
    if (defaultUri !== undefined) known.push({ uri: defaultUri, source: 'default', name: defaultUri });
    known.push(...aliases.map(({ name, uri }) => ({ uri, source: 'alias' as const, name })));
  }
  for (const uri of ['qemu:///system', 'qemu:///session']) known.push({ uri, source: 'local', name: uri });
  for (const name of await sshHosts(path.join(home, '.ssh'), home)) {
    const host = name.includes(':') ? `[${name}]` : name;
    known.push({ uri: `qemu+ssh://${host}/system`, source: 'ssh', name });
  }
  const first = new Map<string, KnownHost>();
  for (const host of known) {
    if (uriProblem(host.uri) === undefined && !first.has(host.uri)) first.set(host.uri, host);
  }
  return [...first.values()];
}

async function sshHosts(dir: string, home: string): Promise<string[]> {
  const seen = new Set<string>();
  const read = async (file: string, depth: number): Promise<string[]> => {
    if (depth > deepest || seen.has(file)) return [];
    seen.add(file);
    const { hosts, includes } = parseSshConfig(await textOf(file));
    const found = [...hosts];
    for (const include of includes) {
      const pattern = path.resolve(dir, include.replace(/^~(?=\/)/, home));
      for (const included of await matching(pattern)) found.push(...(await read(included, depth + 1)));
    }
    return found;
  };
  return [...new Set(await read(path.join(dir, 'config'), 0))];
}

/** The files that a path with the wildcards `*` and `?` stands for, in the order of their names. */
async function matching(pattern: string): Promise<string[]> {
  let found = ['/'];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    if (!/[*?]/.test(part)) {
      found = found.map((dir) => path.join(dir, part));
      continue;
    }
    const source = part
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const name = new RegExp(`^${source}$`, 'su');
    const listed = await Promise.all(found.map(async (dir) => ({ dir, names: await namesIn(dir) })));
    found = listed.flatMap(({ dir, names }) =>
      names
        .filter((one) => name.test(one) && (part.startsWith('.') || !one.startsWith('.')))
        .map((one) => path.join(dir, one)),
    );
  }
  return found;
}

async function namesIn(dir: string): Promise<string[]> {
  return (await readdir(dir).catch(() => [])).sort();
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
