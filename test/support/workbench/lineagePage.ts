import type { FrameLocator, Locator, Page } from 'playwright-core';
import { plain } from './names';

/** The page of *Show Lineage*, which is the one of its kind that is open. */
export class LineagePage {
  private readonly frame: FrameLocator;

  constructor(page: Page) {
    this.frame = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  }

  /** A node by the beginning of what it is called to screen readers: its name. */
  node(name: string): Locator {
    return this.frame.locator(`.node[aria-label^=${JSON.stringify(`${name},`)}]`);
  }

  /** Waits until this many nodes are drawn. */
  async waitFor(nodes: number): Promise<void> {
    const all = this.frame.locator('.node');
    await all.nth(nodes - 1).waitFor();
    await all.nth(nodes).waitFor({ state: 'detached' });
  }

  /** Waits until this node has the keyboard. */
  async focused(name: string): Promise<void> {
    await this.node(name).and(this.frame.locator(':focus')).waitFor();
  }

  /** Waits until a node says this of itself, besides its name. */
  async says(name: string, word: string): Promise<void> {
    await this.frame
      .locator(`.node[aria-label^=${JSON.stringify(`${name},`)}][aria-label*=${JSON.stringify(word)}]`)
      .waitFor();
  }

  /** What it sums up above the picture. */
  async summary(): Promise<string> {
    return plain(await this.frame.locator('#summary').innerText());
  }
}
