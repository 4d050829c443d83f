import * as l10n from '@vscode/l10n';
import { isLocal } from '../host/commandLine';
import { deepChain, type Fault, type Finding } from '../lineage/health';
import type { Lineage } from '../lineage/lineage';

/** A fault in a word or two, for a badge. */
export function faultWord(fault: Fault): string {
  switch (fault) {
    case 'baseMissing':
      return l10n.t('base missing');
    case 'baseInUse':
      return l10n.t('base in use');
    case 'formatWrong':
      return l10n.t('wrong format recorded');
    case 'rawDriver':
      return l10n.t('wrong driver');
    case 'overlaySmaller':
      return l10n.t('smaller than its base');
    case 'baseChanged':
      return l10n.t('base changed');
    case 'formatUnrecorded':
      return l10n.t('no format recorded');
    case 'chainDeep':
      return l10n.t('deep chain');
    case 'baseOutside':
      return l10n.t('base in no pool');
    case 'relativePath':
      return l10n.t('relative path');
    case 'oldVersion':
      return l10n.t('old qcow2 version');
    case 'baseWritable':
      return l10n.t('writable base');
  }
}

/** What is wrong, and what helps, as sentences. */
export function findingSentences({ fault, image, base = '?', domain }: Finding): string {
  const { name, path } = image;
  switch (fault) {
    case 'baseMissing':
      return l10n.t(
        'The base {0} of {1} is missing or cannot be read. Bring it back, or relink {1} to where it is now.',
        base,
        name,
      );
    case 'baseInUse':
      return l10n.t(
        '{0} runs and writes to {1}, the base of {2}: what it writes damages {2}. Force it off.',
        domain?.name ?? '?',
        base,
        name,
      );
    case 'formatWrong':
      return l10n.t(
        '{0} records the wrong format for its base {1}, so its guest sees something else than its disk. Relink it to its base.',
        name,
        base,
      );
    case 'rawDriver':
      return l10n.t(
        'The definition of {0} reads {1} as raw, but it is qcow2: the guest sees its header as the disk. Set the driver: virt-xml --edit path={2} --disk driver.type=qcow2',
        domain?.name ?? '?',
        name,
        path,
      );
    case 'overlaySmaller':
      return l10n.t(
        '{0} is smaller than its base {1}, so its guest sees a disk that is cut off. Enlarge it: virsh vol-resize',
        name,
        base,
      );
    case 'baseChanged':
      return l10n.t(
        'The base {0} was written to after {1} was made, which may have damaged it. Check its file systems; flatten it to keep it as it is, or make it anew.',
        base,
        name,
      );
    case 'formatUnrecorded':
      return l10n.t(
        '{0} does not record the format of its base {1}, and programs do not guess it any more. Relink it to its base.',
        name,
        base,
      );
    case 'chainDeep':
      return l10n.t(
        'The chain of {0} has more than {1} levels, which is slow and can make libvirt fail. Flatten it.',
        name,
        deepChain,
      );
    case 'baseOutside':
      return l10n.t(
        'The base {0} of {1} lies in no active storage pool, so others do not see who stands on it. Make its directory a pool.',
        base,
        name,
      );
    case 'relativePath':
      return l10n.t(
        '{0} names its base by a relative path, which breaks when either is moved. Relink it to its base.',
        name,
      );
    case 'oldVersion':
      return l10n.t(
        '{0} is a qcow2 image of the old version 0.10, which cannot give space back. Raise it while it is not in use: qemu-img amend -o compat=1.1 {1}',
        name,
        path,
      );
    case 'baseWritable':
      if (domain === undefined) {
        return l10n.t(
          '{0} is the base of others and can be written to. Take its write permission away: chmod a-w {1}',
          name,
          path,
        );
      }
      return l10n.t(
        '{0} is the base of others and can be written to. Convert its machine to a template, or take its write permission away: chmod a-w {1}',
        name,
        path,
      );
  }
}

// More paths than these make a sentence that nobody reads.
const mostPaths = 3;

/** What of a host's images could not be looked at, so that nothing wrong is found there; undefined where all could. */
export function unseenSentence(lineage: Lineage): string | undefined {
  const { uri, hidden = [], facts } = lineage.inventory;
  if (!isLocal(uri)) {
    return l10n.t(
      'The files of this host cannot be looked at from here: what the headers of its images record, links, and what stands on its images outside its pools stay unseen.',
    );
  }
  if (facts === undefined) return undefined;
  const unread = [...lineage.images].filter(
    ({ path, format, backing }) =>
      format === 'qcow2' && backing !== undefined && facts.get(path)?.header === undefined,
  );
  const paths = [...new Set([...hidden, ...unread.map(({ path }) => path)])];
  if (paths.length === 0) return undefined;
  const some = [...paths.slice(0, mostPaths), ...(paths.length > mostPaths ? ['…'] : [])].join(', ');
  return l10n.t(
    'Images that cannot be read from here, so that not all is seen of them: {0} ({1})',
    paths.length,
    some,
  );
}
