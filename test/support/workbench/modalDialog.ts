import type { Locator, Page } from 'playwright-core';
import { plain } from './names';

/** The dialog that is in front of everything. */
export class ModalDialog {
  private readonly box: Locator;

  constructor(page: Page) {
    this.box = page.locator('.monaco-dialog-box');
  }

  async waitFor(): Promise<void> {
    await this.box.waitFor();
  }

  /** The message and, below it, its detail. */
  async text(): Promise<string> {
    await this.waitFor();
    const parts = await this.box.locator('.dialog-message-text, .dialog-message-detail').allInnerTexts();
    return parts
      .map(plain)
      .filter((part) => part !== '')
      .join('\n');
  }

  async buttons(): Promise<string[]> {
    await this.waitFor();
    return (await this.box.locator('.dialog-buttons .monaco-button').allInnerTexts()).map(plain);
  }

  async press(label: string): Promise<void> {
    await this.box.getByRole('button', { name: label, exact: true }).click();
    await this.box.waitFor({ state: 'hidden' });
  }
}
