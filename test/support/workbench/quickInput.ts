import type { Locator, Page } from 'playwright-core';
import { exactly, plain, type Name, type PageElement } from './names';

/** The box in the middle: quick picks, input boxes, the command palette. */
export class QuickInput {
  private readonly widget: Locator;

  constructor(private readonly page: Page) {
    this.widget = page.locator('.quick-input-widget');
  }

  /** Waits until a box is open whose title, prompt or placeholder contains the text. */
  async waitFor(text?: string, timeout = 60_000): Promise<void> {
    const says =
      text === undefined
        ? this.widget
        : this.widget
            .filter({ hasText: text })
            .or(
              this.widget.filter({ has: this.page.locator(`input[placeholder*=${JSON.stringify(text)}]`) }),
            );
    await says.first().waitFor({ state: 'visible', timeout });
    await this.input().waitFor({ timeout });
  }

  async waitUntilClosed(): Promise<void> {
    await this.widget.waitFor({ state: 'hidden' });
  }

  /** Replaces what the box holds. */
  async type(text: string): Promise<void> {
    await this.input().fill(text);
  }

  value(): Promise<string> {
    return this.input().inputValue();
  }

  async title(): Promise<string> {
    return plain(await this.widget.locator('.quick-input-title').first().innerText());
  }

  async placeholder(): Promise<string> {
    return plain(await this.input().getAttribute('placeholder'));
  }

  /** The prompt, or the reason why the text is refused. */
  async message(): Promise<string> {
    return plain(await this.widget.locator('.quick-input-message').innerText());
  }

  /**
   * A line a row that is within the box: the label, its description and its detail, two spaces between. A row without a
   * detail may carry that of an earlier one: VS Code uses rows again, and hides what is left in them.
   */
  async rows(): Promise<string[]> {
    const rows = await this.list().evaluateAll((elements) =>
      (elements as unknown as PageElement[]).map((element) =>
        ['.label-name', '.label-description', '.quick-input-list-label-meta']
          .map((part) => element.querySelector(part)?.textContent ?? '')
          .filter((text) => text !== '')
          .join('  '),
      ),
    );
    return rows.map(plain);
  }

  /** Clicks the row with this label. */
  async pick(label: Name): Promise<void> {
    await this.rowNamed(label).click();
  }

  /** Presses Enter; when a label is given, once the row in focus has it. */
  async accept(label?: Name, timeout = 60_000): Promise<void> {
    if (label !== undefined) await this.rowNamed(label, '.focused').waitFor({ timeout });
    await this.page.keyboard.press('Enter');
  }

  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.waitUntilClosed();
  }

  private input(): Locator {
    return this.widget.locator('.quick-input-box input');
  }

  private list(): Locator {
    return this.widget.locator('.quick-input-list .monaco-list-row');
  }

  private rowNamed(label: Name, focused = ''): Locator {
    const name = this.page.locator('.label-name', { hasText: exactly(label) });
    return this.widget.locator(`.quick-input-list .monaco-list-row${focused}`).filter({ has: name }).first();
  }
}
