/** What VS Code is asked to do on its command line, as `@vscode/test-electron` asks it. */
export interface CodeArguments {
  readonly extensionDevelopmentPath: string | undefined;
  readonly extensionTestsPath: string | undefined;
  readonly userDataDir: string | undefined;
  readonly extensionsDir: string | undefined;
  readonly locale: string | undefined;
  readonly folder: string | undefined;
}

/** Reads VS Code's arguments in both spellings, `--name=value` and `--name value`; the others are not for a server. */
export function parseCodeArguments(argv: readonly string[]): CodeArguments {
  const values = new Map<string, string>();
  let folder: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(argv[i] ?? '') ?? [];
    if (name === undefined) folder = argv[i];
    else if (value !== undefined) values.set(name, value);
    else if (withValue.has(name)) values.set(name, argv[++i] ?? '');
  }
  return {
    extensionDevelopmentPath: values.get('extensionDevelopmentPath'),
    extensionTestsPath: values.get('extensionTestsPath'),
    userDataDir: values.get('user-data-dir'),
    extensionsDir: values.get('extensions-dir'),
    locale: values.get('locale'),
    folder: values.get('folder-uri')?.replace('file://', '') ?? folder,
  };
}

const withValue = new Set([
  ...[
    'extensionDevelopmentPath',
    'extensionTestsPath',
    'user-data-dir',
    'extensions-dir',
    'locale',
    'folder-uri',
  ],
]);
