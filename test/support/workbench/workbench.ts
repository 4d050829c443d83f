import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../chromium';
import { writeUserSettings } from '../userSettings';
import type { VSCodeServer } from '../vscodeServer';
import { LineagePage } from './lineagePage';
import { exactly, type Name } from './names';
import { ModalDialog } from './modalDialog';
import { Notifications } from './notifications';
import { QuickInput } from './quickInput';
import { TreeView } from './treeView';

export interface WorkbenchOptions {
  readonly folder?: string;
  readonly colorTheme?: keyof typeof themes;
  readonly locale?: 'en' | 'es';
  readonly width?: number;
  readonly height?: number;
  readonly settings?: Record<string, unknown>;
}

const themes = { dark: 'Dark Modern', light: 'Light Modern', hc: 'Default High Contrast' };
const themeClasses = { dark: 'vs-dark', light: 'vs', hc: 'hc-black' };

/** VS Code's workbench in a browser, driven with mouse and keyboard. */
export class Workbench {
  readonly tree: TreeView;
  readonly quickInput: QuickInput;
  readonly notifications: Notifications;
  readonly dialog: ModalDialog;
  readonly lineage: LineagePage;

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    /** What the page wrote to its console as errors, less what it writes every time. */
    readonly consoleErrors: readonly string[],
  ) {
    this.tree = new TreeView(page);
    this.quickInput = new QuickInput(page);
    this.notifications = new Notifications(page);
    this.dialog = new ModalDialog(page);
    this.lineage = new LineagePage(page);
  }

  /** Opens a folder, or an empty window. Settings are the server's user settings: those of the last one opened count. */
  static async open(server: VSCodeServer, options: WorkbenchOptions = {}): Promise<Workbench> {
    const { folder, colorTheme = 'dark', locale = 'en', width = 1280, height = 900, settings } = options;
    await writeUserSettings(server.dataDir, { 'workbench.colorTheme': themes[colorTheme], ...settings });
    const browser = await openBrowser();
    try {
      const context = await browser.newContext({ locale, viewport: { width, height } });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      context.setDefaultTimeout(60_000);
      context.setDefaultNavigationTimeout(120_000);
      const page = await context.newPage();
      const errors = collectErrors(page);
      const url = new URL(server.url);
      if (folder !== undefined) url.searchParams.set('folder', folder);
      else if (!url.searchParams.has('folder')) url.searchParams.set('ew', 'true');
      await page.goto(url.href);
      await page.locator('.activitybar [role="tab"]').first().waitFor({ timeout: 120_000 });
      return new Workbench(browser, page, errors);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Opens the view container with this title; a click on the one that is open would close it. */
  async openView(title: string): Promise<void> {
    const tab = this.page
      .locator('.activitybar [role="tab"]')
      .and(this.page.getByRole('tab', { name: title }));
    await tab.waitFor();
    const selected = tab.and(this.page.locator('[aria-selected="true"]'));
    for (let attempt = 1; !(await selected.isVisible()); attempt++) {
      await tab.click();
      await this.page.mouse.move(700, 300); // Its tooltip would be in the way.
      const last = attempt === 5;
      await selected.waitFor({ timeout: 10_000 }).catch((error: unknown) => {
        if (last) throw error;
      });
    }
    await this.page.locator('.sidebar .pane-body').first().waitFor();
  }

  /** Opens a view by its command, without the mouse. */
  async focusView(title: string): Promise<void> {
    await this.runCommand(`Focus on ${title} View`);
    await this.page.locator('.sidebar .pane-body').first().waitFor();
  }

  /** Runs a command from the palette, by its title with or without its category. */
  async runCommand(title: string): Promise<void> {
    const label = new RegExp(`(^|: )${exactly(title).source.slice(1)}`);
    // The palette lists what was enabled when it was opened, and a window that has just come up is still finding out
    // (whether its workspace is trusted, for one): as a person would, open it again.
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press('F1');
      try {
        await this.quickInput.waitFor(undefined, 10_000);
        await this.quickInput.type(`>${title}`);
        await this.quickInput.accept(label, 10_000);
        return;
      } catch (error) {
        if (attempt === 5) throw error;
        await this.quickInput.cancel();
      }
    }
  }

  /** Everything that the terminal in front has received, scrolled away or not, with soft line breaks undone. */
  async terminalText(): Promise<string> {
    const terminal = this.page.locator('.terminal-wrapper.active').last();
    await terminal.waitFor();
    return await terminal.evaluate((wrapper) => {
      const { buffer } = (wrapper as unknown as XtermHolder).xterm;
      let text = '';
      for (let i = 0; i < buffer.active.length; i++) {
        const line = buffer.active.getLine(i);
        text += `${line?.isWrapped === true || i === 0 ? '' : '\n'}${line?.translateToString(true) ?? ''}`;
      }
      return text.trimEnd();
    });
  }

  /** The whole text of the editor in front, through the clipboard as a person would take it. */
  async editorText(): Promise<string> {
    const lines = this.page.locator('.editor-group-container.active .monaco-editor .view-lines').first();
    await lines.click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Control+C');
    return await this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** Changes the theme as a person does. */
  async changeTheme(theme: keyof typeof themes): Promise<void> {
    await this.page.keyboard.press('Control+K');
    await this.page.keyboard.press('Control+T');
    await this.quickInput.waitFor('Color Theme');
    await this.quickInput.type(themes[theme]);
    await this.quickInput.accept(new RegExp(themes[theme]));
    await this.page.locator(`.monaco-workbench.${themeClasses[theme]}`).waitFor();
  }

  /** Closes what lies open: messages, editors, the panel. */
  async tidy(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
    await this.runCommand('View: Close All Editors');
    if (await this.page.locator('.part.panel').isVisible()) await this.runCommand('View: Hide Panel');
  }

  /** Writes `artifacts/NAME.png` and says where that is. */
  async screenshot(name: string): Promise<string> {
    const file = path.resolve('artifacts', `${name}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, animations: 'disabled' });
    return file;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

export type { Name };

interface XtermHolder {
  xterm: {
    buffer: {
      active: {
        length: number;
        getLine(
          row: number,
        ): { isWrapped: boolean; translateToString(trimRight: boolean): string } | undefined;
      };
    };
  };
}

// The last: VS Code names and paints terminals whose process was quicker; asks for the row in focus while a redraw takes it
// away; and tells of every terminal whose program ends with a failure, as a console does whose machine is off again.
const expected =
  /Failed to load resource|bad HTTP response code|open-vsx\.org|Service Worker|authentication provider|Canceled: Canceled|Could not find pty|Data tree node not found|'console', '--domain', '[^']*'" failed to launch/;

function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  const add = (text: string) => expected.test(text) || errors.push(text);
  page.on(
    'console',
    (message) => message.type() === 'error' && add(`${message.text()} ${message.location().url}`),
  );
  page.on('pageerror', (error) => add(error.stack ?? error.message));
  return errors;
}
