/** What can be done where there is nothing to be seen. */
export type Action = 'start' | 'retry' | 'viewer';

/** What the extension says to the page. Connections are counted, so that what belongs to an earlier one is passed over. */
export type ToPage =
  /** A connection stands: bytes may flow. */
  | { readonly type: 'open'; readonly id: number; readonly clipboard: boolean }
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: ArrayBuffer }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'password'; readonly id: number; readonly password: string }
  /** Why there is nothing to be seen, and the buttons below. */
  | { readonly type: 'say'; readonly text: string; readonly actions: readonly Choice[] }
  /** The text to give to the machine. */
  | { readonly type: 'paste'; readonly text: string };

export interface Choice {
  readonly action: Action;
  readonly label: string;
}

/** What the page says to the extension. */
export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: ArrayBuffer }
  /** The first picture may come. */
  | { readonly type: 'shown'; readonly id: number }
  | { readonly type: 'askPassword'; readonly id: number }
  /** It could not go on; where the other side refused, with its words. */
  | { readonly type: 'ended'; readonly id: number; readonly refused?: string }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'paste' }
  | { readonly type: 'save'; readonly bytes: ArrayBuffer }
  | { readonly type: 'act'; readonly action: Action };
