import * as l10n from '@vscode/l10n';

/** What a message of libvirt or its tools means, and what helps. */
export interface Explanation {
  readonly kind: Trouble;
  /** What it is about, as the message names it: a path, a machine, a network… */
  readonly subject: string;
  /** In one sentence each. */
  readonly why: string;
  readonly remedy: string;
}

/** What goes wrong with a command that reached libvirt. */
export type Trouble =
  | 'baseInUse'
  | 'imageInUse'
  | 'noPermission'
  | 'directoryNotWritable'
  | 'baseMissing'
  | 'imageMissing'
  | 'diskFull'
  | 'osinfoUnknown'
  | 'osinfoMissing'
  | 'noKvm'
  | 'machineType'
  | 'emulatorMissing'
  | 'networkInactive'
  | 'networkMissing'
  | 'nameTaken'
  | 'fileTaken'
  | 'savedMemory'
  | 'snapshots'
  | 'nvram'
  | 'portTaken'
  | 'notEnoughMemory'
  | 'invalidXml';

type Words = (subject: string) => readonly [why: string, remedy: string];

/**
 * The signs by which a message is known, most particular first, with the words for it. Each was printed by libvirt 9.0,
 * QEMU 7.2, virtinst 4.1 (test/host/explain.test.ts provokes what a test bench can), or stands in their sources.
 */
const table: readonly (readonly [RegExp, Trouble, Words])[] = [
  [
    /Failed to get shared "write" lock\s*Is another process using the image \[(.*)\]/,
    'baseInUse',
    (image) => [
      l10n.t('{0} is being written to by a machine that runs.', image),
      l10n.t('Shut that machine down: a base must not change while clones stand on it.'),
    ],
  ],
  [
    /Failed to get "write" lock\s*Is another process using the image \[(.*)\]/,
    'imageInUse',
    (image) => [
      l10n.t('{0} is in use by a machine that runs, or is the base of one.', image),
      l10n.t('Shut down what uses it first. A template is cloned, not started.'),
    ],
  ],
  [
    /Cannot access backing file '(.*?)' of storage file .*: No such file or directory|Could not open '(.*)': No such file or directory\s*Could not open backing image/,
    'baseMissing',
    (base) => [
      l10n.t('The base {0} is not there any more.', base),
      l10n.t('Bring it back, or tell the clone where it is now with "Relink".'),
    ],
  ],
  [
    /Cannot access (?:storage|backing) file '(.*?)' .*: Permission denied|(?:Failed to|Could not|cannot) open(?: file| directory| volume)? '(.*?)': Permission denied/i,
    'noPermission',
    (path) => [
      l10n.t('libvirt or QEMU may not read {0}.', path),
      l10n.t(
        'Its user needs to read the file and to pass through every directory above it (chmod o+x, or "namei -l" to see which one is closed). Under AppArmor or SELinux, images belong in a directory that libvirt knows as a pool.',
      ),
    ],
  ],
  [
    /(?:Could not create|cannot create (?:path|directory)|Failed to create file) '(.*?)': Permission denied/i,
    'directoryNotWritable',
    (path) => [
      l10n.t('libvirt may not make {0}.', path),
      l10n.t('Choose another pool, or let its directory be written to.'),
    ],
  ],
  [
    /(?:'([^']*)'[^\n]*)?No space left on device/,
    'diskFull',
    (path) => [
      path === '' ? l10n.t('The disk is full.') : l10n.t('The disk is full: {0}.', path),
      l10n.t('Make room ("Find Orphans" lists what nobody needs), or choose another pool.'),
    ],
  ],
  [
    /Cannot access storage file '(.*?)' .*: No such file or directory/,
    'imageMissing',
    (image) => [
      l10n.t('The image {0} is not there any more.', image),
      l10n.t('Bring it back, or change the disk of the machine.'),
    ],
  ],
  [
    /Unknown OS name '(.*)'/,
    'osinfoUnknown',
    (os) => [
      l10n.t('The osinfo database of this machine does not know the OS {0}.', os),
      l10n.t('Choose another one in the row "OS" ("osinfo-query os" lists them), or update osinfo-db.'),
    ],
  ],
  [
    /--osinfo OS name is required/,
    'osinfoMissing',
    () => [
      l10n.t('virt-install wants to know the operating system, and could not find it out.'),
      l10n.t('Choose one in the row "OS", such as linux2022.'),
    ],
  ],
  [
    /could not find capabilities for .*domaintype=kvm|Could not access KVM kernel module|failed to initialize kvm|KVM is not available/i,
    'noKvm',
    () => [
      l10n.t('This machine offers no KVM, or libvirt may not use it.'),
      l10n.t(
        'Switch virtualisation on in the firmware and load the module kvm ("virt-host-validate qemu" says what is missing), or make the machine with the type qemu.',
      ),
    ],
  ],
  [
    /does not support machine type '(.*?)'/,
    'machineType',
    (type) => [
      l10n.t('The QEMU of this host does not know the machine type {0}.', type),
      l10n.t('Choose one that "qemu-system-x86_64 -machine help" lists, with "Edit XML".'),
    ],
  ],
  [
    /Cannot check QEMU binary (.*?):/,
    'emulatorMissing',
    (file) => [
      l10n.t('There is no {0} on this host.', file),
      l10n.t('Install that QEMU, or change the emulator with "Edit XML".'),
    ],
  ],
  [
    /network '(.*)' is not active/,
    'networkInactive',
    (network) => [
      l10n.t('The network {0} is not active.', network),
      l10n.t('Start it with "Start Network" ("virsh net-start {0}").', network),
    ],
  ],
  [
    /no network with matching name '(.*)'/,
    'networkMissing',
    (network) => [
      l10n.t('This host has no network {0}.', network),
      l10n.t('Define it, or choose another one for the machine.'),
    ],
  ],
  [
    /domain '(.*)' (?:already exists|is already defined) with uuid|Guest name '(.*)' is already in use/,
    'nameTaken',
    (name) => [
      l10n.t('There is already a virtual machine called "{0}".', name),
      l10n.t('Choose another name.'),
    ],
  ],
  [
    /storage volume '(.*)' exists already/,
    'fileTaken',
    (name) => [l10n.t('There is already a volume {0}.', name), l10n.t('Choose another name.')],
  ],
  [
    /managed save image exists/,
    'savedMemory',
    () => [
      l10n.t('The memory of the machine is saved.'),
      l10n.t('Start it and shut it down, or discard what is saved with "Discard Saved State".'),
    ],
  ],
  [
    /cannot delete inactive domain with (\d+) snapshots/,
    'snapshots',
    (count) => [
      l10n.t('The machine has snapshots: {0}.', count),
      l10n.t('"Delete" takes them along, and lists them before.'),
    ],
  ],
  [
    /cannot undefine domain with nvram/,
    'nvram',
    () => [
      l10n.t('The machine has UEFI variables in a file of its own.'),
      l10n.t('"Delete" takes them along, and lists them before.'),
    ],
  ],
  [
    /Failed to (?:find an available port|bind socket|bind)[^\n]*Address already in use|unable to set up.*port (\d+).*in use/i,
    'portTaken',
    () => [
      l10n.t('A port that the machine wants is taken by another program.'),
      l10n.t('Let libvirt choose the port (autoport), or end what uses it.'),
    ],
  ],
  [
    /cannot set up guest memory|Cannot allocate memory/i,
    'notEnoughMemory',
    () => [
      l10n.t('The host has not enough memory free for this machine.'),
      l10n.t('Shut another machine down, or give this one less.'),
    ],
  ],
  [
    /\((?:domain_definition|network_definition|[a-z_]+)\):(\d+): /,
    'invalidXml',
    (line) => [l10n.t('The XML is not well-formed in line {0}.', line), l10n.t('Correct that line.')],
  ],
  [
    /XML document failed to validate against schema[^\n]*\n([^\n]+)/,
    'invalidXml',
    (what) => [
      l10n.t("The XML does not follow libvirt's schema: {0}.", what),
      l10n.t('Correct that element.'),
    ],
  ],
];

/**
 * What a failed command's own words mean, where they are known.
 * @param stderr what it printed in the C locale
 */
export function explanationOf(stderr: string): Explanation | undefined {
  for (const [sign, kind, words] of table) {
    const found = sign.exec(stderr);
    if (found === null) continue;
    const groups: readonly (string | undefined)[] = found.slice(1);
    const subject = groups.find((group) => group !== undefined) ?? '';
    const [why, remedy] = words(subject);
    return { kind, subject, why, remedy };
  }
  return undefined;
}
