import type * as vscode from 'vscode';
import type { SerialConsoles } from '../console/serialConsoles';
import type { Displays } from '../display/displays';
import type { Definitions } from '../documents/definitions';
import type { ReadOnlyDocuments } from '../documents/readOnlyDocuments';
import type { Explorer } from '../explorer/explorer';
import type { Node } from '../explorer/node';
import type { SharedSsh } from '../host/sharedSsh';
import type { Hosts } from '../hosts';
import type { LineagePictures } from '../picture/lineagePicture';
import type { Terminals } from '../run/terminals';

/** What commands need. */
export interface Deps {
  readonly log: vscode.LogOutputChannel;
  readonly hosts: Hosts;
  readonly ssh: SharedSsh;
  readonly explorer: Explorer;
  readonly documents: ReadOnlyDocuments;
  readonly definitions: Definitions;
  readonly consoles: SerialConsoles;
  readonly displays: Displays;
  readonly terminals: Terminals;
  /** What is remembered from window to window. */
  readonly memory: vscode.Memento;
  /** A directory of the extension's own; it may not be there yet. */
  readonly storage: vscode.Uri;
  readonly pictures: LineagePictures;
}

/**
 * A command. It is called with a node by the tree, with nothing by the palette (then it asks), or with a plain object
 * by a keybinding, task or script; then it asks nothing, returns its outcome and throws where it fails. Where several
 * nodes are selected, the tree tells of all of them.
 */
export type Command = (deps: Deps, argument: unknown, selection?: readonly Node[]) => Promise<unknown>;
