/** What is used of noVNC, which brings no types of its own (docs/API.md in its package). */
declare module '@novnc/novnc' {
  /** Anything that carries bytes as a WebSocket does. */
  export interface RawChannel {
    binaryType: string;
    readonly protocol: string;
    readonly readyState: string;
    onopen: (() => void) | null;
    onmessage: ((event: { readonly data: ArrayBuffer }) => void) | null;
    onclose: ((event: object) => void) | null;
    onerror: ((event: object) => void) | null;
    send(bytes: Uint8Array): void;
    close(): void;
  }

  interface Events {
    connect: object;
    disconnect: { readonly clean: boolean };
    credentialsrequired: { readonly types: readonly string[] };
    securityfailure: { readonly status: number; readonly reason?: string };
    clipboard: { readonly text: string };
  }

  export default class RFB {
    constructor(target: HTMLElement, channel: RawChannel, options?: { readonly shared?: boolean });
    background: string;
    scaleViewport: boolean;
    resizeSession: boolean;
    viewOnly: boolean;
    addEventListener<Name extends keyof Events>(
      name: Name,
      listener: (event: CustomEvent<Events[Name]>) => void,
    ): void;
    clipboardPasteFrom(text: string): void;
    disconnect(): void;
    focus(): void;
    sendCredentials(credentials: { readonly password: string }): void;
    sendCtrlAltDel(): void;
    sendKey(keysym: number, code: string, down: boolean): void;
    toBlob(callback: (blob: Blob | null) => void, type: string): void;
  }
}
