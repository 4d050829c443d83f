import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from './chromium';
import { parseCodeArguments, type CodeArguments } from './codeArguments';
import { printConsole } from './extensionHostConsole';
import { writeUserSettings } from './userSettings';
import { startServer, type VSCodeServer } from './vscodeServer';

/**
 * Runs extension tests as the desktop VS Code's executable does when `@vscode/test-electron` starts it: takes VS
 * Code's arguments, hosts a server and a headless browser, prints the extension host's console, and resolves with
 * the exit code of the test run. Ends after `CODE_TIME_LIMIT` seconds (600) at the latest, and when its parent ends.
 */
export async function launchCode(argv: readonly string[]): Promise<number> {
  const args = parseCodeArguments(argv);
  const ownDir = args.userDataDir === undefined ? await mkdtemp(path.join(tmpdir(), 'code-')) : undefined;
  const dataDir = args.userDataDir ?? ownDir ?? '';
  await writeUserSettings(dataDir);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stopping.abort(signal));
  const server = await startServer({
    dataDir,
    flags: [
      ...['--enable-smoke-test-driver', '--disable-workspace-trust'],
      ...(args.extensionsDir === undefined ? [] : ['--extensions-dir', args.extensionsDir]),
    ],
  });
  try {
    const browser = await openBrowser();
    try {
      const context = await browser.newContext({ locale: args.locale ?? 'en' });
      return await runInPage(await context.newPage(), server, args, stopping.signal);
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
    if (ownDir !== undefined) await rm(ownDir, { recursive: true, force: true });
  }
}

async function runInPage(
  page: Page,
  server: VSCodeServer,
  args: CodeArguments,
  stop: AbortSignal,
): Promise<number> {
  const parent = process.ppid;
  const limit = Number(process.env.CODE_TIME_LIMIT ?? 600);
  let timer: NodeJS.Timeout | undefined;
  let orphan: NodeJS.Timeout | undefined;
  const ended = new Promise<number>((resolve, reject) => {
    const give = (code: number, why: string) => {
      console.error(`code-launcher: ${why}`);
      resolve(code);
    };
    page.exposeFunction('codeAutomationLog', printConsole).catch(reject);
    page.exposeFunction('codeAutomationExit', resolve).catch(reject);
    page.on('crash', () => give(1, 'the page crashed'));
    stop.addEventListener('abort', () => give(130, `stopped by ${String(stop.reason)}`));
    timer = setTimeout(() => give(124, `no end after ${limit} seconds`), limit * 1000);
    orphan = setInterval(() => process.ppid !== parent && give(1, 'its parent ended'), 1000);
    page.goto(testUrl(server.port, args)).catch(reject);
  });
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
    clearInterval(orphan);
  }
}

/** The workbench's address with what it takes as the equivalent of VS Code's arguments. */
function testUrl(port: number, args: CodeArguments): string {
  const payload = Object.entries({
    extensionDevelopmentPath: args.extensionDevelopmentPath,
    extensionTestsPath: args.extensionTestsPath,
  })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, file]) => [name, `vscode-remote://127.0.0.1:${port}${encodeURI(path.resolve(file))}`]);
  const url = new URL(`http://127.0.0.1:${port}/`);
  url.searchParams.set('payload', JSON.stringify(payload));
  if (args.folder === undefined) url.searchParams.set('ew', 'true');
  else url.searchParams.set('folder', path.resolve(args.folder));
  return url.href;
}
