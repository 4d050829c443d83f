import type { Locator, Page } from 'playwright-core';
import { plain } from './names';

/** The dialog that is in front of everything. */
export class ModalDialog {
  private readonly box: Locator;

  constructor(private readonly page: Page) {
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

  /** Goes from button to button until the one with this label has the focus, and presses Enter. */
  async pressByKeyboard(label: string): Promise<void> {
    await this.waitFor();
    const focused = this.box.locator('.monaco-button:focus');
    let left = (await this.buttons()).length;
    while (!(await focused.allInnerTexts()).map(plain).includes(label)) {
      if (left-- === 0) throw new Error(`Tab does not lead to the button ${label}`);
      await this.page.keyboard.press('Tab');
    }
    await this.page.keyboard.press('Enter');
    await this.box.waitFor({ state: 'hidden' });
  }

  async press(label: string): Promise<void> {
    await this.box.getByRole('button', { name: label, exact: true }).click();
    await this.box.waitFor({ state: 'hidden' });
  }
}
