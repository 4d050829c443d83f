import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workbench } from '../support/workbench/workbench';

/** Waits until the terminal in front holds something like this. */
export function terminalShows(window: Workbench, like: RegExp): Promise<string> {
  return shows('terminal', () => window.terminalText(), like, 90_000);
}

/** Waits until the editor in front holds something like this. */
export function editorShows(window: Workbench, like: RegExp): Promise<string> {
  return shows('editor', () => window.editorText(), like);
}

/** Waits until the clipboard holds something like this. */
export function clipboardShows({ page }: Workbench, like: RegExp): Promise<string> {
  return shows('clipboard', () => page.evaluate<string>('navigator.clipboard.readText()'), like);
}

/** Waits until the input box says something like this. */
export async function messageIs({ quickInput }: Workbench, like: RegExp): Promise<void> {
  await shows('box', () => quickInput.message(), like);
}

/** Waits until there is no such file any more. */
export async function gone(file: string): Promise<void> {
  await shows(file, () => Promise.resolve(existsSync(file) ? 'still there' : 'gone'), /^gone/);
}

/** Goes to a row of the summary by typing its name, and opens it. */
export async function choose({ quickInput, page }: Workbench, label: string): Promise<void> {
  await quickInput.waitFor('Enter runs the commands');
  await page.keyboard.type(label);
  await quickInput.accept(label);
}

/** Chooses the method of a clone in the summary: what was chosen last is remembered. */
export async function chooseMethod(window: Workbench, method: string): Promise<void> {
  const { quickInput, page } = window;
  await choose(window, 'Method');
  await quickInput.waitFor('What makes the virtual machine');
  await page.keyboard.type(method);
  await quickInput.accept(method);
  await quickInput.waitFor('Enter runs the commands');
}

export async function removeMachine({ tree, dialog }: Workbench, name: string): Promise<void> {
  await tree.contextMenu(['Virtual Machines', name], 'Delete…');
  await dialog.press('Delete');
  await tree.gone(name);
}

async function shows(
  what: string,
  text: () => Promise<string>,
  like: RegExp,
  within = 60_000,
): Promise<string> {
  const end = Date.now() + within;
  for (;;) {
    const shown = await text();
    if (like.test(shown)) return shown;
    assert.ok(Date.now() < end, `${what}, which should be like ${String(like)}:\n${shown}`);
    await sleep(200);
  }
}
