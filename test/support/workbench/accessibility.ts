import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * What axe finds wrong with a webview.
 * @param sign a selector of what that webview alone has
 */
export async function violationsIn(page: Page, sign: string): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const frame of page.frames()) {
    if ((await frame.locator(sign).count()) === 0) continue;
    await frame.evaluate(axe);
    // Contrast as well, which has to be what the theme makes of it.
    const { violations } = await frame.evaluate<{ violations: readonly Violation[] }>('axe.run(document)');
    return violations.map(
      ({ id, impact, help, nodes }) =>
        `${id} (${impact ?? '?'}): ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary ?? ''}`).join('\n')}`,
    );
  }
  throw new Error(`No webview has ${sign}.`);
}
