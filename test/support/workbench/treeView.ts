import { setTimeout as sleep } from 'node:timers/promises';
import { errors, type Locator, type Page } from 'playwright-core';
import { exactly, plain, type Name, type PageElement } from './names';

/** A row by its name, or by names from above to below: the same machine may be shown at two places. */
export type RowPath = Name | readonly Name[];

interface Row {
  readonly index: string;
  readonly level: number;
  readonly name: string;
  readonly description: string;
  /** `true`, `false`, or empty where there is nothing to open. */
  readonly expanded: string;
}

const patience = 60_000;
// What a click does is seen within this time, or the click was lost.
const moment = 5000;

/** The tree in the sidebar. Only rows within the window exist: keep the window tall enough. */
export class TreeView {
  constructor(private readonly page: Page) {}

  /** What is to be seen, a line a row: two spaces per level, the name, and the description after two spaces. */
  async rows(): Promise<string[]> {
    const rows = await this.read();
    return rows.map(({ level, name, description }) => {
      return `${'  '.repeat(level - 1)}${name}${description ? `  ${description}` : ''}`;
    });
  }

  /** Waits until a row is there, and the tree has not moved for a moment. */
  async row(row: RowPath, timeout = patience): Promise<Locator> {
    const end = Date.now() + timeout;
    let before: Row | undefined;
    for (;;) {
      const found = rowAt(await this.read(), pathOf(row));
      if (found && found.index === before?.index) {
        const sameName = this.page.locator('.label-name', { hasText: exactly(found.name) });
        return this.page.locator(`${rowSelector}[data-index="${found.index}"]`).filter({ has: sameName });
      }
      if (Date.now() > end) throw new Error(`No row ${String(row)} in:\n${(await this.rows()).join('\n')}`);
      before = found;
      await sleep(150);
    }
  }

  /** Waits until a row is no longer there. */
  async gone(row: RowPath, timeout = patience): Promise<void> {
    const end = Date.now() + timeout;
    while (rowAt(await this.read(), pathOf(row))) {
      if (Date.now() > end) throw new Error(`Row ${String(row)} is still there`);
      await sleep(100);
    }
  }

  /** Waits until a row's description is like this. */
  async described(row: RowPath, like: RegExp, timeout = patience): Promise<void> {
    const end = Date.now() + timeout;
    for (;;) {
      const description = rowAt(await this.read(), pathOf(row))?.description;
      if (description !== undefined && like.test(description)) return;
      if (Date.now() > end)
        throw new Error(`${String(row)} is described as "${description}", not like ${String(like)}`);
      await sleep(100);
    }
  }

  /** Opens a row that is closed; a row without children is left as it is. */
  async expand(row: RowPath): Promise<void> {
    const isClosed = async () => rowAt(await this.read(), pathOf(row))?.expanded === 'false';
    const end = Date.now() + patience;
    for (;;) {
      const found = await this.row(row);
      if (!(await isClosed())) return;
      await inTime(() => found.locator('.monaco-tl-twistie').click({ timeout: moment }));
      for (let waited = 0; waited < 2 * moment; waited += 100) {
        if (!(await isClosed())) return;
        await sleep(100);
      }
      if (Date.now() > end) throw new Error(`Row ${String(row)} does not open`);
    }
  }

  async select(row: RowPath): Promise<void> {
    await (await this.row(row)).locator('.label-name').first().click();
  }

  /** Adds a row to those that are selected. */
  async selectAlso(row: RowPath): Promise<void> {
    await (
      await this.row(row)
    )
      .locator('.label-name')
      .first()
      .click({ modifiers: ['Control'] });
  }

  /** Waits until a row with this name is selected. */
  async waitUntilSelected(name: Name): Promise<void> {
    const label = this.page.locator('.label-name', { hasText: exactly(name) });
    await this.page.locator(`${rowSelector}[aria-selected="true"]`).filter({ has: label }).first().waitFor();
  }

  /** Waits until a row with this name is the only one that is selected. */
  async selects(name: string, timeout = patience): Promise<void> {
    const end = Date.now() + timeout;
    for (let now = await this.selected(); now.join() !== name; now = await this.selected()) {
      if (Date.now() > end) throw new Error(`${now.join() || 'nothing'} is selected, not ${name}`);
      await sleep(100);
    }
  }

  /** Names of the rows that are selected. */
  async selected(): Promise<string[]> {
    const names = this.page.locator(`${rowSelector}[aria-selected="true"] .label-name`);
    return (await names.allInnerTexts()).map(plain);
  }

  /** Labels of a row's context menu, which is closed again. */
  async menuOf(row: RowPath): Promise<string[]> {
    const items = await this.openMenu(row);
    const labels = await items.locator('.action-label').allInnerTexts();
    await this.closeMenu(items);
    return labels.map(plain).filter((label) => label !== '');
  }

  /**
   * Picks an item of a row's context menu. A menu shows what was enabled when it was opened, and a window that has just
   * come up is still finding out (whether its workspace is trusted, for one): as a person would, this opens it again. A
   * menu goes before its command runs: one that is still there has not taken the click, which is then done again.
   */
  async contextMenu(row: RowPath, item: Name): Promise<void> {
    const end = Date.now() + patience;
    for (;;) {
      const items = await this.openMenu(row);
      const wanted = items.filter({ has: this.page.locator('.action-label', { hasText: exactly(item) }) });
      const picked = await inTime(async () => {
        if ((await wanted.getAttribute('aria-disabled', { timeout: moment })) === 'true') return false;
        await wanted.click({ timeout: moment });
        await items.first().waitFor({ state: 'hidden', timeout: moment });
        return true;
      });
      if (picked === true) return;
      const labels = (await items.locator('.action-label').allInnerTexts()).map(plain);
      await this.closeMenu(items);
      if (Date.now() > end)
        throw new Error(`${String(item)} cannot be picked for ${String(row)}: ${labels.join(', ')}`);
      await sleep(500);
    }
  }

  /** Presses one of the buttons that a row shows under the pointer, by its tooltip. */
  async inlineAction(row: RowPath, title: string): Promise<void> {
    const found = await this.row(row);
    await found.hover();
    await found.getByRole('button', { name: title }).click();
  }

  private async openMenu(row: RowPath): Promise<Locator> {
    const items = this.page.locator('.context-view .monaco-menu .action-item');
    const end = Date.now() + patience;
    for (;;) {
      const name = (await this.row(row)).locator('.label-name').first();
      const opened = await inTime(async () => {
        await name.click({ button: 'right', timeout: moment });
        await items.first().waitFor({ timeout: moment });
        return true;
      });
      if (opened === true) break;
      if (Date.now() > end) throw new Error(`No menu opens for ${String(row)}`);
    }
    await sleep(200); // A menu takes no click in its first 100 ms, so that the click that opened it picks nothing.
    return items;
  }

  private async closeMenu(items: Locator): Promise<void> {
    const end = Date.now() + patience;
    while (await items.first().isVisible()) {
      if (Date.now() > end) throw new Error('The menu does not close');
      await this.page.keyboard.press('Escape');
      await inTime(() => items.first().waitFor({ state: 'hidden', timeout: 1000 }));
    }
  }

  private async read(): Promise<Row[]> {
    const rows = await this.page.locator(rowSelector).evaluateAll((elements) =>
      (elements as unknown as PageElement[]).map((element) => ({
        index: element.getAttribute('data-index') ?? '',
        level: Number(element.getAttribute('aria-level')),
        name: element.querySelector('.label-name')?.textContent ?? '',
        description: element.querySelector('.label-description')?.textContent ?? '',
        expanded: element.getAttribute('aria-expanded') ?? '',
      })),
    );
    return rows
      .map((row) => ({ ...row, name: plain(row.name), description: plain(row.description) }))
      .sort((a, b) => Number(a.index) - Number(b.index));
  }
}

/** What it returns, or nothing where the page did not get there in time. */
async function inTime<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof errors.TimeoutError) return undefined;
    throw error;
  }
}

const rowSelector = '.sidebar .monaco-list-row[role="treeitem"]';

function pathOf(row: RowPath): readonly Name[] {
  return typeof row === 'string' || row instanceof RegExp ? [row] : row;
}

/** The first row with the path's last name that lies below rows with the names before it. */
function rowAt(rows: readonly Row[], path: readonly Name[]): Row | undefined {
  const above: Row[] = [];
  for (const row of rows) {
    above.length = Math.min(above.length, row.level - 1);
    above.push(row);
    const last = path.at(-1);
    if (last === undefined || !exactly(last).test(row.name)) continue;
    let matched = 0;
    for (const { name } of above.slice(0, -1)) {
      const wanted = path[matched];
      if (matched < path.length - 1 && wanted !== undefined && exactly(wanted).test(name)) matched++;
    }
    if (matched === path.length - 1) return row;
  }
  return undefined;
}
