import type { Purpose } from './systemPackages';

/** What comes before a tier: the VS Code it runs in, the bundles of src/ and of the tests inside VS Code, the VSIX, a Debian. */
export type Step = 'editor' | 'build' | 'package' | 'debian';

/** One kind of tests: how it is started, what it needs, and how long it may take as a whole. */
export interface Tier {
  readonly name: string;
  readonly purposes: readonly Purpose[];
  /** Arguments of Node. */
  readonly args: readonly string[];
  /** Seconds after which it counts as hanging. */
  readonly limit: number;
  /** The steps that come before it. */
  readonly steps: readonly Step[];
  /** Whether it runs only when it is asked for by name, because it takes long. */
  readonly onDemand?: boolean;
  /** Whether it needs a small disk that it may fill; its path is then in SMALL_DISK. */
  readonly smallDisk?: boolean;
}

const lab: readonly Purpose[] = ['libvirt', 'guest', 'locale'];
const editor: readonly Purpose[] = [...lab, 'browser', 'vscode-build'];

/** In the order in which they run: the quick and exact ones first. */
export const tiers: readonly Tier[] = [
  { name: 'unit', purposes: [], args: mocha('unit', 30), limit: 300, steps: [] },
  {
    name: 'host',
    purposes: [...lab, 'tpm', 'ssh'],
    args: mocha('host', 120, '--parallel', '--jobs', '4'),
    limit: 900,
    steps: [],
  },
  {
    name: 'extension',
    purposes: editor,
    args: script('test/extension/run.ts'),
    limit: 900,
    steps: ['editor', 'build'],
  },
  {
    name: 'journey',
    purposes: editor,
    args: mocha('journey', 300),
    limit: 900,
    steps: ['editor', 'build', 'package'],
  },
  {
    name: 'pictures',
    purposes: [...editor, 'pictures'],
    args: mocha('pictures', 300),
    limit: 900,
    steps: ['editor', 'build', 'package'],
    onDemand: true,
  },
  {
    name: 'faults',
    purposes: lab,
    args: mocha('faults', 600),
    limit: 3600,
    steps: [],
    onDemand: true,
    smallDisk: true,
  },
  {
    name: 'guests',
    purposes: [...lab, 'debian'],
    args: mocha('guests', 900),
    limit: 3600,
    steps: ['debian'],
    onDemand: true,
  },
];

/**
 * A mocha run over `test/<tier>`, each test with this many seconds. Files have labs of their own and may run some at a
 * time: most of their time is spent waiting for libvirt.
 */
function mocha(tier: string, seconds: number, ...more: string[]): string[] {
  const options = [
    ...more,
    '--forbid-only',
    '--reporter',
    'test/support/tierReporter.cjs',
    '--timeout',
    `${seconds}s`,
  ];
  return [...script('node_modules/mocha/bin/mocha.js'), ...options, `test/${tier}/**/*.test.ts`];
}

function script(file: string): string[] {
  return ['--import', 'tsx', file];
}
