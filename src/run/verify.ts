import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { domainStates, isActive, parseDomain, type Domain, type DomainState } from '../host/domain';
import { CommandError } from '../host/errors';
import { readHeader } from '../host/imageFacts';
import type { Run } from '../host/process';
import { parseQcow2Header, type Qcow2Header } from '../host/qcow2';
import { lostConnection } from '../host/stderr';
import { parseVolume, type Volume } from '../host/volume';
import type { Expectation } from '../plan/plan';
import { unmetActive, unmetKept, unmetSnapshot } from './beside';
import { unmetMachine } from './unmetMachine';

/** How the runner asks a host what is true. */
export interface Oracle {
  readonly uri: string;
  readonly run: Run;
  /** Whether images of the host can be read here, so that their headers can be asked too. */
  readonly local: boolean;
  /** The header of an image; read from the file or through libvirt unless told. */
  readonly header?: (path: string, oracle: Oracle) => Promise<Qcow2Header | undefined>;
}

/**
 * Asks libvirt, and the image's own header where it can be read, whether an expectation holds.
 * @returns undefined if it does, else what is wrong, for people
 */
export async function unmet(expectation: Expectation, oracle: Oracle): Promise<string | undefined> {
  switch (expectation.kind) {
    case 'overlay':
      return unmetOverlay(expectation, oracle);
    case 'machine': {
      const xml = await dumpDomain(expectation.name, oracle);
      if (xml === undefined) return l10n.t('The virtual machine {0} was not made.', expectation.name);
      return unmetMachine(expectation, parseDomain(xml, { state: 'nostate', persistent: true }));
    }
    case 'state': {
      const domain = await findDomain(expectation.domain, oracle);
      if (domain === undefined) return l10n.t('The virtual machine {0} does not exist.', expectation.domain);
      return unmetState(expectation, domain);
    }
    case 'named': {
      const domain = await findDomain(expectation.uuid, oracle);
      if (domain?.name === expectation.name) return undefined;
      return l10n.t('The virtual machine is not called {0}.', expectation.name);
    }
    case 'marked': {
      const domain = await findDomain(expectation.uuid, oracle);
      if ((domain?.mark?.kind === 'template') === expectation.template) return undefined;
      return l10n.t('Its mark in the metadata is not what it should be.');
    }
    case 'unmarked': {
      const domain = await findDomain(expectation.domain, oracle);
      if (domain !== undefined && domain.mark === undefined) return undefined;
      return l10n.t('Its mark in the metadata is not what it should be.');
    }
    case 'writable': {
      const mode = (await findVolume(expectation.path, oracle))?.mode;
      // Where no pool knows the image, nobody can be asked but the command itself.
      if (mode === undefined || ((mode & 0o222) !== 0) === expectation.writable) return undefined;
      return l10n.t('The permissions of {0} are still {1}.', expectation.path, mode.toString(8));
    }
    case 'size': {
      const capacity = (await findVolume(expectation.path, oracle))?.capacity;
      if (capacity === expectation.capacity) return undefined;
      return l10n.t('{0} has {1} bytes, not {2}.', expectation.path, capacity ?? '?', expectation.capacity);
    }
    case 'standsOn': {
      const volume = await findVolume(expectation.path, oracle);
      if (volume !== undefined && volume.backing?.path === expectation.backing) return undefined;
      return l10n.t(
        '{0} stands on {1}, not on {2}.',
        expectation.path,
        volume?.backing?.path ?? l10n.t('nothing'),
        expectation.backing ?? l10n.t('nothing'),
      );
    }
    case 'snapshot':
      return unmetSnapshot(expectation, oracle);
    case 'kept':
      return unmetKept(expectation, oracle);
    case 'active':
      return unmetActive(expectation, oracle);
    case 'noDomain':
      return (await findDomain(expectation.uuid, oracle)) === undefined
        ? undefined
        : l10n.t('The virtual machine is still there.');
    case 'noVolume':
      return (await findVolume(expectation.path, oracle)) === undefined
        ? undefined
        : l10n.t('The volume {0} is still there.', expectation.path);
    case 'volume':
      return (await findVolume(expectation.path, oracle)) === undefined
        ? l10n.t('The volume {0} was not made.', expectation.path)
        : undefined;
    case 'noPool':
      return (await findPool(expectation.uuid, oracle))
        ? l10n.t('The storage pool is still there.')
        : undefined;
  }
}

function unmetState(
  { active, paused }: Extract<Expectation, { kind: 'state' }>,
  domain: Domain,
): string | undefined {
  if (isActive(domain) !== active) {
    return active ? l10n.t('{0} is not running.', domain.name) : l10n.t('{0} is still running.', domain.name);
  }
  if (paused === undefined || (domain.state === 'paused') === paused) return undefined;
  return paused ? l10n.t('{0} is not paused.', domain.name) : l10n.t('{0} is still paused.', domain.name);
}

/**
 * A domain by name or UUID, as it is now, or undefined if libvirt knows none.
 * @throws CommandError where the host cannot be asked
 */
export async function findDomain(word: string, oracle: Oracle): Promise<Domain | undefined> {
  const { uri, run } = oracle;
  const xml = await dumpDomain(word, oracle);
  if (xml === undefined) return undefined;
  const state = (await ask(run(virsh(uri, 'domstats', '--state', '--domain', word)))) ?? '';
  return parseDomain(xml, { state: stateIn(state), persistent: true });
}

/** Whether there is a domain of this name or UUID, and its definition; its state costs a second question. */
function dumpDomain(word: string, { uri, run }: Oracle): Promise<string | undefined> {
  return ask(run(virsh(uri, 'dumpxml', '--domain', word)));
}

/**
 * A volume by its path, as it is now, or undefined if no active pool knows it.
 * @throws CommandError where the host cannot be asked
 */
export async function findVolume(path: string, { uri, run }: Oracle): Promise<Volume | undefined> {
  const xml = await ask(run(virsh(uri, 'vol-dumpxml', '--vol', path)));
  return xml === undefined ? undefined : parseVolume(xml);
}

/**
 * Whether there is a pool with this UUID.
 * @throws CommandError where the host cannot be asked
 */
export async function findPool(uuid: string, { uri, run }: Oracle): Promise<boolean> {
  return (await ask(run(virsh(uri, 'pool-name', '--pool', uuid)))) !== undefined;
}

/** Whether there is a pool of this name. */
export async function findPoolNamed(name: string, { uri, run }: Oracle): Promise<boolean> {
  return (await ask(run(virsh(uri, 'pool-uuid', '--pool', name)))) !== undefined;
}

/**
 * The domains that have this image as a disk. One question for all of them: it brings the paths of their images, but of
 * disks that are given as volumes, which are looked up.
 * @throws CommandError where the host cannot be asked
 */
export async function usersOf(path: string, oracle: Oracle): Promise<string[]> {
  const { uri, run } = oracle;
  const { stdout } = await run(virsh(uri, 'domstats', '--block'));
  const users: string[] = [];
  for (const block of stdout.split(/^(?=Domain: ')/m)) {
    const name = /^Domain: '(.*)'$/m.exec(block)?.[1];
    if (name === undefined) continue;
    const paths = [...block.matchAll(/^ *block\.\d+\.path=(.*)$/gm)].map(([, found]) => found);
    const disks = Number(/^ *block\.count=(\d+)$/m.exec(block)?.[1] ?? 0);
    const isUser =
      paths.includes(path) || (paths.length < disks && (await hasVolume(name, posix.basename(path), oracle)));
    if (isUser) users.push(name);
  }
  return users;
}

async function hasVolume(domain: string, volume: string, oracle: Oracle): Promise<boolean> {
  return (await findDomain(domain, oracle))?.disks.some((disk) => disk.volume?.name === volume) === true;
}

/** Whether an error means that the host is not reached, so that it may be asked again when it is. */
export function hostIsGone(error: unknown): boolean {
  const own = ['gone', 'other', 'unsupported', 'notInstalled'];
  return error instanceof CommandError && (!own.includes(error.kind) || lostConnection(error.stderr));
}

async function ask(answer: Promise<{ stdout: string }>): Promise<string | undefined> {
  try {
    return (await answer).stdout;
  } catch (error) {
    if (error instanceof CommandError && error.kind === 'gone') return undefined;
    throw error;
  }
}

function stateIn(domstats: string): DomainState {
  return domainStates[Number(/state\.state=(\d+)/.exec(domstats)?.[1])] ?? 'nostate';
}

async function unmetOverlay(
  expected: Extract<Expectation, { kind: 'overlay' }>,
  oracle: Oracle,
): Promise<string | undefined> {
  const { path, backing, backingFormat, capacity, compat } = expected;
  const volume = await findVolume(path, oracle);
  if (volume === undefined) return l10n.t('The volume {0} was not made.', path);
  if (volume.format !== 'qcow2') return l10n.t('{0} is {1}, not qcow2.', path, volume.format ?? '?');
  if (volume.backing?.path !== backing) {
    return l10n.t('{0} stands on {1}, not on {2}.', path, volume.backing?.path ?? '?', backing);
  }
  if (volume.capacity < capacity) return tooSmall(path, volume.capacity, capacity);
  const header = await (oracle.header ?? headerOf)(path, oracle);
  const version = header === undefined ? volume.compat : header.version >= 3 ? '1.1' : '0.10';
  if (compat !== undefined && version !== compat)
    return l10n.t('{0} is qcow2 of version {1}, not {2}.', path, version ?? '?', compat);
  if (header === undefined) return undefined;
  // libvirt keeps what it has read before, and shows what the name leads to.
  if (header.backing !== undefined && header.backing.name !== backing)
    return l10n.t('{0} stands on {1}, not on {2}.', path, header.backing.name, backing);
  if (header.capacity < capacity) return tooSmall(path, header.capacity, capacity);
  if (header.backing?.format === backingFormat) return undefined;
  return l10n.t(
    '{0} records the format {1} for its backing store, not {2}.',
    path,
    header.backing?.format ?? '?',
    backingFormat,
  );
}

function tooSmall(path: string, bytes: number, wished: number): string {
  return l10n.t('{0} has {1} bytes, fewer than the {2} that were asked for.', path, bytes, wished);
}

// The header and all it refers to.
const headerBytes = 8192;

/**
 * The header of an image: libvirt shows what it finds in the base, not what the overlay records (HAZARDS 11), and keeps
 * what it has read before. Where it cannot be read from here (on another host, or the image is root's), libvirt hands
 * its first bytes over. Undefined where it does not.
 */
async function headerOf(path: string, { uri, run, local }: Oracle): Promise<Qcow2Header | undefined> {
  const here = local ? await readHeader(path) : undefined;
  if (here !== undefined) return here;
  const directory = await mkdtemp(posix.join(tmpdir(), 'libvirt-'));
  try {
    const file = posix.join(directory, 'header');
    const length = ['--offset', '0', '--length', String(headerBytes)];
    await run(virsh(uri, 'vol-download', '--vol', path, '--file', file, ...length));
    return parseQcow2Header(await readFile(file));
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
