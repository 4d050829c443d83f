import * as vscode from 'vscode';
import { input } from '../flows/ask';
import type { Sieve } from '../explorer/sieve';
import { readArguments } from './arguments';
import type { Command } from './command';

/** *Filter…*: shows only what has a text in its name; an empty text shows everything again. */
export const filter: Command = async ({ explorer: { sifting } }, argument) => {
  const given = readArguments(argument, { text: 'string' });
  const prompt = vscode.l10n.t('Part of a name. Empty: everything is shown.');
  const text =
    given?.text ?? (await input(vscode.l10n.t('Filter'), prompt, sifting.sieve.text, () => undefined));
  await sifting.choose({ text: text.trim() });
};

/** Makes a command that needs no more words: it chooses what of the tree is shown, or in which order. */
export function sift(part: Partial<Sieve>): Command {
  return ({ explorer }) => explorer.sifting.choose(part);
}
