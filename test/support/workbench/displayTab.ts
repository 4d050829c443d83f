import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The tab of *Open Display* in front: its screen, its buttons, and its words where there is no screen. */
export class DisplayTab {
  readonly canvas: Locator;
  private readonly frame: FrameLocator;

  constructor(page: Page) {
    this.frame = page
      .locator('iframe.webview.ready')
      .last()
      .contentFrame()
      .locator('#active-frame')
      .contentFrame();
    this.canvas = this.frame.locator('#screen canvas');
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  /** The id of the element that has the keyboard. */
  async focused(): Promise<string> {
    return await this.frame
      .locator('body')
      .evaluate((body) => (body as unknown as Body).ownerDocument.activeElement.id);
  }

  /** How many points of the screen are not black. */
  async lit(): Promise<number> {
    return await this.canvas.evaluate((element) => {
      const canvas = element as unknown as Canvas;
      if (canvas.width === 0) return 0;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let lit = 0;
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0) > 96) lit++;
      }
      return lit;
    });
  }

  /** Waits until more than this many points are lit. */
  async brighterThan(points: number, timeout = 60_000): Promise<number> {
    const end = Date.now() + timeout;
    for (;;) {
      const lit = (await this.canvas.count()) === 0 ? 0 : await this.lit();
      if (lit > points) return lit;
      if (Date.now() > end)
        throw new Error(`Only ${lit} points of the screen are lit, not more than ${points}.`);
      await sleep(200);
    }
  }

  /** Waits until the page says something like this in place of a screen. */
  async says(like: RegExp, timeout = 60_000): Promise<void> {
    await this.frame.locator('#message:not([hidden])', { hasText: like }).waitFor({ timeout });
  }
}

interface Body {
  readonly ownerDocument: { readonly activeElement: { readonly id: string } };
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}
