import * as vscode from 'vscode';

/** Thrown where a person backs out of a question; nothing has been done, and nothing is said. */
export class Cancelled extends vscode.CancellationError {}

export interface Option<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/**
 * Asks for one of several.
 * @throws Cancelled
 */
export async function pick<T>(
  title: string,
  placeHolder: string,
  options: readonly Option<T>[] | Promise<readonly Option<T>[]>,
): Promise<T> {
  const chosen = await vscode.window.showQuickPick(options as readonly Option<T>[], {
    title,
    placeHolder,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (chosen === undefined) throw new Cancelled();
  return chosen.value;
}

/**
 * Asks for one of several, or for something else: what was typed up to there is then the beginning of it.
 * @param other the row for something else; it is always shown
 * @throws Cancelled
 */
export async function pickOrOther<T>(
  title: string,
  placeholder: string,
  options: Promise<readonly Option<T>[]>,
  other: vscode.QuickPickItem,
): Promise<{ readonly value: T } | { readonly typed: string }> {
  const box = vscode.window.createQuickPick<vscode.QuickPickItem | Option<T>>();
  Object.assign(box, { title, placeholder, matchOnDescription: true, ignoreFocusOut: true, busy: true });
  const always = { ...other, alwaysShow: true };
  box.items = [always];
  void options.then((known) => {
    box.items = [...known, always];
    box.busy = false;
  });
  try {
    return await new Promise((resolve, reject) => {
      box.onDidHide(() => reject(new Cancelled()));
      box.onDidAccept(() => {
        const [chosen] = box.selectedItems;
        if (chosen !== undefined) resolve('value' in chosen ? { value: chosen.value } : { typed: box.value });
      });
      box.show();
    });
  } finally {
    box.dispose();
  }
}

/**
 * Asks for a text, refusing while it is typed what cannot be taken.
 * @param problem why a text cannot be taken; undefined if it can
 * @throws Cancelled
 */
export async function input(
  title: string,
  prompt: string,
  value: string,
  problem: (text: string) => string | undefined | Promise<string | undefined>,
): Promise<string> {
  const text = await vscode.window.showInputBox({
    title,
    prompt,
    value,
    ignoreFocusOut: true,
    validateInput: problem,
  });
  if (text === undefined) throw new Cancelled();
  return text;
}

/** A whole number within bounds, asked for as text. */
export async function inputNumber(
  title: string,
  prompt: string,
  value: number,
  least: number,
): Promise<number> {
  const text = await input(title, prompt, String(value), (typed) =>
    /^\d+$/.test(typed) && Number(typed) >= least && Number.isSafeInteger(Number(typed))
      ? undefined
      : vscode.l10n.t('Enter a whole number of at least {0}.', least),
  );
  return Number(text);
}
