import type * as vscode from 'vscode';
import type { ReadOnlyDocuments } from '../documents/readOnlyDocuments';
import type { Explorer } from '../explorer/explorer';
import type { SharedSsh } from '../host/sharedSsh';
import type { Hosts } from '../hosts';

/** What commands need. */
export interface Deps {
  readonly log: vscode.LogOutputChannel;
  readonly hosts: Hosts;
  readonly ssh: SharedSsh;
  readonly explorer: Explorer;
  readonly documents: ReadOnlyDocuments;
}

/**
 * A command. It is called with a node by the tree, with nothing by the palette (then it asks), or with a plain object
 * by a keybinding, task or script; then it asks nothing, returns its outcome and throws where it fails.
 */
export type Command = (deps: Deps, argument: unknown) => Promise<unknown>;
