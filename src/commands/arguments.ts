import * as vscode from 'vscode';
import type { Node } from '../explorer/node';
import { Refusal } from '../plan/plan';

/** The types of the keys a command's argument may have; a list of texts allows just these. */
type Shape = Readonly<Record<string, 'string' | 'number' | 'boolean' | readonly string[]>>;

type Value<T> = T extends 'string'
  ? string
  : T extends 'number'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends readonly (infer Word)[]
        ? Word
        : never;

/** The argument of a command, checked: each key is there with its type, or not at all. */
export type Arguments<S extends Shape> = { readonly [K in keyof S]?: Value<S[K]> };

/** Whether a command was called with a node of the tree. */
export function isNode(argument: unknown): argument is Node {
  return isObject(argument) && 'kind' in argument && 'look' in argument && 'host' in argument;
}

/** Whether a command was called by a keybinding, task or script that answers its questions beforehand. */
export function isScripted(argument: unknown): boolean {
  return argument !== undefined && argument !== null && !isNode(argument);
}

/**
 * Checks the argument of a script. Unknown keys are errors: a misspelt answer would otherwise be a question nobody
 * hears, or worse, a default nobody meant.
 * @returns undefined where the command was called without one
 * @throws Refusal
 */
export function readArguments<const S extends Shape>(argument: unknown, shape: S): Arguments<S> | undefined {
  if (!isScripted(argument)) return undefined;
  if (!isObject(argument) || Array.isArray(argument))
    throw new Refusal(vscode.l10n.t('The argument must be an object.'));
  for (const [key, value] of Object.entries(argument)) {
    const type = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (type === undefined) {
      throw new Refusal(
        vscode.l10n.t('Unknown key "{0}". Known keys: {1}.', key, Object.keys(shape).join(', ')),
      );
    }
    if (value === undefined) continue;
    if (typeof type === 'string') {
      if (typeof value !== type)
        throw new Refusal(vscode.l10n.t('The value of "{0}" must be of type {1}.', key, type));
    } else if (typeof value !== 'string' || !type.includes(value)) {
      throw new Refusal(vscode.l10n.t('The value of "{0}" must be one of: {1}.', key, type.join(', ')));
    }
  }
  return argument as Arguments<S>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
