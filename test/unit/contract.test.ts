import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { flags } from '../../src/explorer/contextValue';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const json = (file: string) => JSON.parse(read(file)) as unknown;

interface Setting {
  readonly type?: string;
  readonly default?: unknown;
  readonly scope?: string;
  readonly order?: number;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
}

interface MenuItem {
  readonly command?: string;
  readonly when?: string;
}

interface Manifest {
  readonly name: string;
  readonly publisher: string;
  readonly displayName: string;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly icon: string;
  readonly main: string;
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category?: string;
      readonly enablement?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon?: string }[]>>;
    readonly viewsContainers: {
      readonly activitybar: readonly { readonly id: string; readonly icon: string }[];
    };
    readonly viewsWelcome: readonly {
      readonly view: string;
      readonly contents: string;
      readonly when: string;
    }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

const manifest = json('package.json') as Manifest;
const { commands, menus, configuration, viewsWelcome, walkthroughs } = manifest.contributes;
const steps = walkthroughs.flatMap((walkthrough) => walkthrough.steps);
const settings = Object.entries(configuration.properties);
const nls = json('package.nls.json') as Record<string, string>;
const nlsEs = json('package.nls.es.json') as Record<string, string>;

function tree(file: string): ts.SourceFile {
  return ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** The keys of the table `commands`, which cannot be imported here because its file imports vscode. */
function commandIds(): string[] {
  const ids: string[] = [];
  visit(tree('src/commands/index.ts'), (node) => {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== 'commands') return;
    visit(node, (inner) => {
      if (ts.isPropertyAssignment(inner) && ts.isStringLiteral(inner.name)) ids.push(inner.name.text);
    });
  });
  return ids;
}

/** The settings that src/config.ts reads, by their full names; those of paths stand in a table of their own. */
function settingsRead(): Set<string> {
  const texts = new Set<string>();
  for (const file of ['src/config.ts', 'src/pathSettings.ts'])
    visit(tree(file), (node) => {
      if (ts.isStringLiteral(node)) texts.add(`libvirt.${node.text}`);
    });
  return texts;
}

/** All texts in a JSON value. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const numbers = (text: string) => [...new Set(text.match(/\{\d+\}/g))].sort();
const links = (text: string) => [...text.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target).sort();
const code = (text: string) => [...text.matchAll(/`([^`]*)`/g)].map(([, word]) => word).sort();

describe('contract: commands', () => {
  const declared = commands.map(({ command }) => command);

  it('the manifest and the table name the same ones', () => {
    assert.deepEqual([...declared].sort(), commandIds().sort());
    assert.equal(new Set(declared).size, declared.length);
    assert.ok(declared.length >= 10);
  });

  for (const { command, title, category } of commands) {
    it(`${command} has its title in both languages, in the category Libvirt`, () => {
      assert.match(title, /^%.+%$/);
      assert.equal(category, 'Libvirt');
    });
  }

  it('every menu names a command that there is', () => {
    const named = Object.values(menus).flatMap((items) => items.map(({ command }) => command));
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((command) => command === undefined || !declared.includes(command)),
      [],
    );
  });

  it('menus of tree items stand in our tree only', () => {
    for (const menu of ['view/title', 'view/item/context'])
      for (const { when } of menus[menu] ?? []) assert.match(when ?? '', /^view == libvirt\.explorer\b/);
  });

  it('menus match only flags that tree items carry, by whole words', () => {
    const conditions = Object.values(menus).flatMap((items) => items.flatMap(({ when }) => when ?? []));
    const patterns = conditions.flatMap((when) => [...when.matchAll(/viewItem\s*(\S+)\s*(\/[^/]*\/|\S+)/g)]);
    assert.ok(patterns.length > 0);
    for (const [text, operator, pattern = ''] of patterns) {
      assert.equal(operator, '=~', text);
      assert.match(pattern, /^\/\\b(\w+|\(\w+(\|\w+)*\))\\b\/$/, text);
      const words = pattern.replaceAll('\\b', '').match(/\w+/g) ?? [];
      assert.deepEqual(
        words.filter((word) => !flags.some((flag) => flag === word)),
        [],
        text,
      );
    }
  });

  it('what changes a host needs a trusted workspace, what only looks does not', () => {
    const looking = [
      'refresh',
      'filter',
      'clearFilter',
      'sortByName',
      'sortByState',
      'hideSwitchedOff',
      'showSwitchedOff',
      'addHost',
      'removeHost',
      'showXml',
      'compareWithTemplate',
      'showBackingChain',
      'showLineage',
      'showLog',
      'copyIp',
    ].map((name) => `libvirt.${name}`);
    for (const { command, enablement } of commands)
      assert.equal(enablement, looking.includes(command) ? undefined : 'isWorkspaceTrusted', command);
  });

  it('links in welcome views and the walkthrough lead to commands and settings that there are', () => {
    const texts = [
      ...viewsWelcome.map(({ contents }) => contents),
      ...steps.map(({ description }) => description),
    ];
    const targets = texts.flatMap((text) => links(nls[text.slice(1, -1)] ?? ''));
    assert.ok(targets.length > 0);
    for (const target of targets) {
      const [, command = '', query = ''] = /^command:([^?]*)\??(.*)$/.exec(target ?? '') ?? [];
      if (command !== 'workbench.action.openSettings') {
        assert.ok([...declared, 'libvirt.explorer.focus'].includes(command), target);
        continue;
      }
      const [setting] = JSON.parse(decodeURIComponent(query)) as string[];
      assert.ok(setting !== undefined && setting in configuration.properties, target);
    }
  });
});

describe('contract: manifest', () => {
  it('has one walkthrough of five steps, each with a picture and an event that can happen', () => {
    assert.equal(walkthroughs.length, 1);
    assert.equal(steps.length, 5);
    const contexts = read('src/explorer/milestones.ts');
    for (const { media, completionEvents } of steps) {
      assert.match(read(media.svg), /var\(--vscode-/, 'it follows the theme');
      const [, kind, what = ''] = /^(onContext|onCommand):(.+)$/.exec(completionEvents[0] ?? '') ?? [];
      assert.ok(kind === 'onCommand' ? commandIds().includes(what) : contexts.includes(`'${what}'`), what);
    }
  });

  it('keeps the names that are fixed', () => {
    const { publisher, name, displayName, contributes } = manifest;
    assert.equal(`${publisher}.${name}`, 'linked-clones.libvirt-linked-clones');
    assert.equal(displayName, 'Libvirt Linked Clones');
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      ['libvirt'],
    );
    assert.deepEqual(
      contributes.views.libvirt?.map(({ id }) => id),
      ['libvirt.explorer'],
    );
  });

  it('looks at each start for runs that were cut off, is there for definitions left open, lets VS Code derive when else it is activated, and runs where the workspace is', () => {
    assert.deepEqual(manifest.activationEvents, ['onStartupFinished', 'onFileSystem:libvirt-xml']);
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });

  it('shows a welcome view for every state that the explorer knows', () => {
    const states = /type Readiness =([^;]*);/.exec(read('src/explorer/explorer.ts'))?.[1] ?? '';
    const known = [...states.matchAll(/'(\w+)'/g)].map(([, state]) => state);
    const shown = viewsWelcome.map(({ when }) => /^libvirt:readiness == (\w+)$/.exec(when)?.[1]);
    assert.ok(known.includes('ready'));
    assert.deepEqual([...shown].sort(), known.filter((state) => state !== 'ready').sort());
  });

  it('packages by an allow-list, which has what the manifest names', () => {
    const lines = read('.vscodeignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(lines[0], '**');
    assert.ok(lines.slice(1).every((line) => line.startsWith('!')));
    const icons = manifest.contributes.viewsContainers.activitybar.map(({ icon }) => icon);
    const needed = [
      manifest.main,
      manifest.icon,
      ...icons,
      'dist/display.js',
      'dist/display.LICENSE.txt',
      'media/display.css',
      'package.json',
      'package.nls.json',
      'package.nls.es.json',
    ];
    for (const file of needed) assert.ok(lines.includes(`!${file.replace(/^\.\//, '')}`), file);
    assert.ok(lines.some((line) => /^!l10n\b/.test(line)));
  });
});

describe('contract: settings', () => {
  // Its value is matched against names, and never reaches a command line.
  const harmless = ['libvirt.templateNamePattern'];

  for (const [name, setting] of settings) {
    it(`${name} has default, scope, description and order`, () => {
      assert.notEqual(setting.default, undefined);
      assert.ok(setting.scope !== undefined && setting.order !== undefined);
      assert.match(setting.markdownDescription ?? setting.description ?? '', /^%.+%$/);
      assert.equal(setting.enumDescriptions?.length, setting.enum?.length);
      if (setting.enum !== undefined) assert.ok(setting.enum.includes(setting.default));
    });

    it(`${name} ${harmless.includes(name) ? 'reaches no' : 'may reach a'} command line`, () => {
      if (!harmless.includes(name)) assert.equal(setting.scope, 'machine');
    });
  }

  it('stand in an order of their own', () => {
    const orders = settings.map(([, { order }]) => order);
    assert.equal(new Set(orders).size, orders.length);
  });

  it('are all read, and only they', () => {
    const texts = settingsRead();
    const names = settings.map(([name]) => name);
    assert.deepEqual(
      names.filter((name) => !texts.has(name)),
      [],
    );
    const readByName = [...read('src/config.ts').matchAll(/\b(?:read|text)\('([\w.]+)'\)/g)];
    for (const [, name] of readByName) assert.ok(names.includes(`libvirt.${name ?? ''}`), name);
  });

  it('has a path setting for each program', async () => {
    const { programs } = await import('../../src/host/commandLine');
    const paths = settings.filter(([name]) => name.endsWith('Path'));
    assert.equal(paths.length, programs.length);
  });

  it('offers the methods and tools that there are', async () => {
    const { methods } = await import('../../src/plan/machine');
    const { volumeTools } = await import('../../src/plan/overlay');
    const { properties } = configuration;
    assert.deepEqual(properties['libvirt.clone.method']?.enum, methods);
    assert.deepEqual(properties['libvirt.clone.volumeTool']?.enum, volumeTools);
  });
});

describe('contract: words of the manifest', () => {
  it('every %key% has its words, and every word its place', () => {
    const used = textsIn(json('package.json')).flatMap((text) => /^%(.+)%$/.exec(text)?.[1] ?? []);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(nls).sort());
  });

  it('Spanish has the same keys', () => {
    assert.deepEqual(Object.keys(nlsEs).sort(), Object.keys(nls).sort());
  });

  for (const [key, english] of Object.entries(nls)) {
    it(`${key} says the same in both languages`, () => {
      const spanish = nlsEs[key] ?? '';
      assert.notEqual(spanish.trim(), '');
      assert.deepEqual(links(spanish), links(english));
      assert.deepEqual(code(spanish), code(english));
    });
  }
});

describe('contract: words of the code', () => {
  let extracted: Record<string, unknown>;
  const english = json('l10n/bundle.l10n.json') as Record<string, unknown>;
  const spanish = json('l10n/bundle.l10n.es.json') as Record<string, string>;

  before(function () {
    this.timeout(60_000);
    const out = mkdtempSync(path.join(tmpdir(), 'l10n-'));
    try {
      const tool = path.join(root, 'node_modules/@vscode/l10n-dev/dist/cli.js');
      execFileSync(process.execPath, [tool, 'export', '--outDir', out, './src'], {
        cwd: root,
        stdio: 'pipe',
      });
      extracted = JSON.parse(readFileSync(path.join(out, 'bundle.l10n.json'), 'utf8')) as typeof extracted;
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  it('the English bundle is what the source says (npm run l10n)', () => {
    assert.ok(Object.keys(extracted).length > 100);
    assert.deepEqual(Object.keys(english).sort(), Object.keys(extracted).sort());
    assert.deepEqual(english, extracted);
  });

  it('Spanish has the same keys', () => {
    assert.deepEqual(Object.keys(spanish).sort(), Object.keys(english).sort());
  });

  it('Spanish has the same placeholders, and words for everything', () => {
    const wrong = Object.entries(spanish).filter(
      ([key, words]) => words.trim() === '' || numbers(words).join() !== numbers(key).join(),
    );
    assert.deepEqual(wrong, []);
  });

  it('Spanish keeps names that are never translated', () => {
    const names = /\b(virsh|virt-clone|virt-install|virt-xml|qemu-img|vol-create-as|libvirt|qcow2)\b/g;
    const wrong = Object.entries(spanish).filter(([key, words]) =>
      [...new Set(key.match(names))].some((name) => !words.includes(name)),
    );
    assert.deepEqual(wrong, []);
  });
});

describe('contract: rooms', () => {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const importsOf = (file: string) =>
    ts.preProcessFile(read(`src/${file}`)).importedFiles.map(({ fileName }) => fileName);

  it('host, lineage and plan run without VS Code', () => {
    for (const file of files.filter((one) => /^(host|lineage|plan)\//.test(one)))
      assert.ok(!importsOf(file).includes('vscode'), file);
  });

  it('a room imports only rooms to its left', () => {
    const before: Readonly<Record<string, readonly string[]>> = {
      host: [],
      lineage: ['host'],
      plan: ['host', 'lineage'],
      run: ['host', 'lineage', 'plan'],
    };
    for (const [room, allowed] of Object.entries(before)) {
      for (const file of files.filter((one) => one.startsWith(`${room}/`))) {
        const rooms = importsOf(file).flatMap((name) => /^\.\.\/(\w+)/.exec(name)?.[1] ?? []);
        assert.deepEqual(
          rooms.filter((one) => !allowed.includes(one)),
          [],
          file,
        );
      }
    }
  });
});
