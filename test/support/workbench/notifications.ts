import type { Locator, Page } from 'playwright-core';
import { plain, type Name } from './names';

/** The messages in the lower right corner. */
export class Notifications {
  private readonly toasts: Locator;

  constructor(private readonly page: Page) {
    this.toasts = page.locator('.notifications-toasts .notification-list-item');
  }

  /** Texts of the messages that are shown. */
  async texts(): Promise<string[]> {
    return (await this.toasts.locator('.notification-list-item-message').allInnerTexts()).map(plain);
  }

  /** Waits for a message that contains the text. */
  async waitFor(text: Name, timeout = 60_000): Promise<string> {
    const message = this.toasts.locator('.notification-list-item-message', { hasText: text }).first();
    await message.waitFor({ timeout });
    return plain(await message.innerText());
  }

  /** Waits until no message is shown that contains the text, the progress of a command for one. */
  async gone(text: Name): Promise<void> {
    const messages = this.toasts.locator('.notification-list-item-message', { hasText: text });
    await messages.first().waitFor({ state: 'hidden' });
  }

  /** Labels of the buttons of the messages that are shown. */
  async buttons(): Promise<string[]> {
    const buttons = this.toasts.locator('.notification-list-item-buttons-container .monaco-button');
    return (await buttons.allInnerTexts()).map(plain);
  }

  /** Presses a message's button. */
  async press(label: string): Promise<void> {
    await this.toasts.getByRole('button', { name: label, exact: true }).first().click();
  }

  /** Takes all messages away. */
  async clear(): Promise<void> {
    while ((await this.toasts.count()) > 0) {
      await this.toasts.first().hover();
      await this.toasts.first().locator('.codicon-notifications-clear').click();
      await this.page.mouse.move(0, 0);
    }
  }
}
