import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { domainStates, isActive, parseDomain, type Domain, type DomainState } from '../host/domain';
import { CommandError } from '../host/errors';
import type { Run } from '../host/process';
import { parseVolume, type Volume } from '../host/volume';
import type { Expectation } from '../plan/plan';

/** How the runner asks a host what is true. */
export interface Oracle {
  readonly uri: string;
  readonly run: Run;
  /** Whether images of the host can be read here, so that their headers can be asked too. */
  readonly local: boolean;
}

/**
 * Asks libvirt, and the image's own header where it can be read, whether an expectation holds.
 * @returns undefined if it does, else what is wrong, for people
 */
export async function unmet(expectation: Expectation, oracle: Oracle): Promise<string | undefined> {
  switch (expectation.kind) {
    case 'overlay':
      return unmetOverlay(expectation, oracle);
    case 'machine':
      return unmetMachine(expectation, oracle);
    case 'state': {
      const domain = await findDomain(expectation.domain, oracle);
      if (domain === undefined) return l10n.t('The virtual machine {0} does not exist.', expectation.domain);
      if (isActive(domain) === expectation.active) return undefined;
      return expectation.active
        ? l10n.t('{0} is not running.', domain.name)
        : l10n.t('{0} is still running.', domain.name);
    }
    case 'noDomain':
      return (await findDomain(expectation.uuid, oracle)) === undefined
        ? undefined
        : l10n.t('The virtual machine is still there.');
    case 'noVolume':
      return (await findVolume(expectation.path, oracle)) === undefined
        ? undefined
        : l10n.t('The volume {0} is still there.', expectation.path);
  }
}

/**
 * A domain by name or UUID, as it is now, or undefined if libvirt knows none.
 * @throws CommandError where the host cannot be asked
 */
export async function findDomain(word: string, { uri, run }: Oracle): Promise<Domain | undefined> {
  const xml = await ask(run(virsh(uri, 'dumpxml', '--domain', word)));
  if (xml === undefined) return undefined;
  const state = (await ask(run(virsh(uri, 'domstats', '--state', '--domain', word)))) ?? '';
  return parseDomain(xml, { state: stateIn(state), persistent: true });
}

/**
 * A volume by its path, as it is now, or undefined if no active pool knows it.
 * @throws CommandError where the host cannot be asked
 */
export async function findVolume(path: string, { uri, run }: Oracle): Promise<Volume | undefined> {
  const xml = await ask(run(virsh(uri, 'vol-dumpxml', '--vol', path)));
  return xml === undefined ? undefined : parseVolume(xml);
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
  const { path, backing, backingFormat, capacity } = expected;
  const volume = await findVolume(path, oracle);
  if (volume === undefined) return l10n.t('The volume {0} was not made.', path);
  if (volume.format !== 'qcow2') return l10n.t('{0} is {1}, not qcow2.', path, volume.format ?? '?');
  if (volume.backing?.path !== backing) {
    return l10n.t('{0} stands on {1}, not on {2}.', path, volume.backing?.path ?? '?', backing);
  }
  if (volume.capacity < capacity) {
    return l10n.t(
      '{0} has {1} bytes, fewer than the {2} that were asked for.',
      path,
      volume.capacity,
      capacity,
    );
  }
  const recorded = await recordedFormat(path, oracle);
  if (recorded === undefined || recorded === backingFormat) return undefined;
  return l10n.t(
    '{0} records the format {1} for its backing store, not {2}.',
    path,
    recorded === '' ? '?' : recorded,
    backingFormat,
  );
}

/**
 * The backing format in the header of an image. libvirt shows what it finds in the base, not what the overlay records
 * (HAZARDS 11); only the header tells. Undefined where the header cannot be read from here: on another host, without
 * qemu-img, or where the image belongs to somebody else.
 */
async function recordedFormat(path: string, { run, local }: Oracle): Promise<string | undefined> {
  if (!local) return undefined;
  try {
    const { stdout } = await run({ file: 'qemu-img', args: ['info', '-U', '--output=json', path] });
    const info = JSON.parse(stdout) as { 'backing-filename-format'?: string };
    return info['backing-filename-format'] ?? '';
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

async function unmetMachine(
  { name, images }: Extract<Expectation, { kind: 'machine' }>,
  oracle: Oracle,
): Promise<string | undefined> {
  const domain = await findDomain(name, oracle);
  if (domain === undefined) return l10n.t('The virtual machine {0} was not made.', name);
  for (const { path, format } of images) {
    const disk = domain.disks.find((candidate) => candidate.source === path);
    if (disk === undefined) return l10n.t('{0} does not use the image {1}.', name, path);
    if (disk.format !== format) {
      return l10n.t('{0} reads {1} as {2}, not as {3}.', name, path, disk.format ?? '?', format);
    }
  }
  return undefined;
}
