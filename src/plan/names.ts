import * as l10n from '@vscode/l10n';

/** What a new name must get along with. */
export interface Taken {
  /** Names of the domains of the host. */
  readonly domains: ReadonlySet<string>;
  /** Names of the volumes of the pool. */
  readonly volumes: ReadonlySet<string>;
}

// libvirt writes NAME.xml.new next to NAME.xml, and a file name has at most 255 bytes.
const maxDomainBytes = 255 - '.xml.new'.length;
const maxFileBytes = 255;

/**
 * Why libvirt, its tools or the file system would not take a name, or would take it wrongly; undefined if they will.
 * The same rules hold for domains and volumes, wherever a name comes from.
 */
function nameProblem(name: string): string | undefined {
  if (name === '') return l10n.t('Enter a name.');
  if (name.trim() !== name) return l10n.t('A name must not begin or end with a blank.');
  if (name === '.' || name === '..') return l10n.t('"{0}" means a directory and cannot be a name.', name);
  if (name.includes('/')) return l10n.t('A name must not contain "/": it becomes the name of a file.');
  // Control characters, lone surrogates and the two noncharacters are not XML 1.0; libvirt could not store them.
  if (/[\p{Cc}\p{Cs}\u2028\u2029\uFFFE\uFFFF]/u.test(name)) {
    return l10n.t('A name must not contain line breaks, tabs or other control characters.');
  }
  if (name.startsWith('-'))
    return l10n.t('A name must not begin with "-": programs would take it for an option.');
  return taskVariableProblem(name);
}

/** VS Code replaces `${…}` in the arguments of every task, so such text never reaches a command as it is. */
export function taskVariableProblem(text: string): string | undefined {
  if (!text.includes('${')) return undefined;
  return l10n.t(
    '"{0}" contains "${", which VS Code would replace in commands. Choose a name without it, or rename it.',
    text,
  );
}

/** Why a storage pool cannot get this name, or undefined if it can. */
export function storageNameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  const problem = nameProblem(name);
  if (problem !== undefined || !taken.has(name)) return problem;
  return l10n.t('There is already a storage pool called "{0}".', name);
}

/** Why a domain cannot get this name, or undefined if it can. */
export function domainNameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  const problem = nameProblem(name);
  if (problem !== undefined) return problem;
  if (/^\d+$/.test(name))
    return l10n.t('A name of digits only would be taken for the id of a running machine.');
  if (/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(name)) {
    return l10n.t('This name has the form of a UUID and would be taken for one.');
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > maxDomainBytes) return tooLong(bytes, maxDomainBytes);
  if (taken.has(name)) return l10n.t('There is already a virtual machine called "{0}".', name);
  return undefined;
}

/** Why a machine cannot get a snapshot of this name, or undefined if it can. */
export function snapshotNameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  const problem = nameProblem(name);
  if (problem !== undefined) return problem;
  if (name.startsWith('.')) return l10n.t('The name of a snapshot must not begin with a dot.');
  if (taken.has(name)) return l10n.t('There is already a snapshot called "{0}".', name);
  return undefined;
}

/** Why a pool cannot hold a new volume of this name, or undefined if it can. */
export function volumeNameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  const problem = nameProblem(name);
  if (problem !== undefined) return problem;
  const bytes = Buffer.byteLength(name);
  if (bytes > maxFileBytes) return tooLong(bytes, maxFileBytes);
  if (taken.has(name)) return l10n.t('There is already a volume called "{0}" in this pool.', name);
  return undefined;
}

/**
 * Why virt-clone and virt-install cannot be trusted with this image, or undefined if they can: version 4.1 escapes
 * these characters twice when it writes the path into the definition, and reports success.
 */
export function virtToolsPathProblem(path: string): string | undefined {
  const found = /["'&<>]/.exec(path)?.[0];
  if (found === undefined) return undefined;
  return l10n.t(
    'virt-clone and virt-install write the character {0} of "{1}" wrongly into the definition. Choose the method define, or another name.',
    found,
    path,
  );
}

/** Why virt-install cannot make a machine of this name, or undefined if it can: versions before 5.1 refuse blanks. */
export function virtInstallNameProblem(name: string): string | undefined {
  if (!/\s/.test(name)) return undefined;
  return l10n.t(
    'virt-install takes no name with blanks in it: "{0}". Choose a name without, or another method.',
    name,
  );
}

/** Why `virsh vol-create-as` cannot be trusted with this text, or undefined: it puts it into XML as it is. */
export function volCreateAsProblem(text: string): string | undefined {
  const found = /[&<]|\]\]>/.exec(text)?.[0];
  if (found === undefined) return undefined;
  return l10n.t(
    'virsh vol-create-as cannot take {0} in "{1}". Choose the volume tool vol-create, or another name.',
    found,
    text,
  );
}

/** A name nobody has yet, in the manner of `web`, `web-2`, `web-3`. */
export function freeName(wish: string, isFree: (name: string) => boolean): string {
  // Nobody has ten thousand of one name: then it is the wish itself that cannot be had, and who asks is told why.
  for (let number = 1; number < 10_000; number++) {
    const name = number === 1 ? wish : `${wish}-${number}`;
    if (isFree(name)) return name;
  }
  return wish;
}

function tooLong(bytes: number, most: number): string {
  return l10n.t('The name is {0} bytes long; at most {1} are possible.', bytes, most);
}
