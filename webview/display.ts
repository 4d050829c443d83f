import RFB from '@novnc/novnc';
import type { Choice, FromPage, ToPage } from '../src/display/messages';
import { Channel } from './channel';
import { LeaveKeys } from './leaveKeys';
import { strokesOf } from './typing';

// The page of Open Display: noVNC in between of a channel to the extension and the screen, with a bar of buttons.

/** What is kept while the page is hidden, and made anew. */
interface Kept {
  readonly viewOnly: boolean;
  readonly resize: boolean;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

interface Connection {
  readonly id: number;
  readonly rfb: RFB;
  readonly channel: Channel;
  readonly clipboard: boolean;
}

// QEMU takes a key event each 10 ms, and forgets what it cannot keep.
const strokeMs = 12;

const vscode = acquireVsCodeApi();
const screen = element('screen');
const message = element('message');
const buttons = {
  ctrlAltDel: button('ctrlAltDel'),
  paste: button('paste'),
  viewOnly: button('viewOnly'),
  resize: button('resize'),
  screenshot: button('screenshot'),
};
const leaveKeys = new LeaveKeys();
let current: Connection | undefined;
/** Whether the next screen gets the keyboard: the first one, and one that comes after a screen that had it. */
let wantsKeyboard = true;

function open(id: number, clipboard: boolean): void {
  close();
  const channel = new Channel((bytes) => vscode.postMessage({ type: 'bytes', id, bytes }));
  const rfb = new RFB(screen, channel, { shared: true });
  rfb.background = 'transparent';
  rfb.scaleViewport = true;
  current = { id, rfb, channel, clipboard };
  applyChoices();
  let refused: string | undefined;
  rfb.addEventListener('connect', () => shown(id));
  rfb.addEventListener('credentialsrequired', () => vscode.postMessage({ type: 'askPassword', id }));
  rfb.addEventListener('securityfailure', ({ detail }) => (refused = reasonOf(detail)));
  rfb.addEventListener('clipboard', ({ detail }) => {
    if (document.hasFocus()) vscode.postMessage({ type: 'copy', text: detail.text });
  });
  rfb.addEventListener('disconnect', () => {
    vscode.postMessage({ type: 'ended', id, ...(refused === undefined ? {} : { refused }) });
    if (current?.id === id) close();
  });
}

/** What the other side says, which QEMU ends with a zero. */
function reasonOf({ reason, status }: { reason?: string; status: number }): string {
  return reason?.replace(/\0$/, '') ?? String(status);
}

function shown(id: number): void {
  vscode.postMessage({ type: 'shown', id });
  message.hidden = true;
  enable(true);
  const canvas = screen.querySelector('canvas');
  if (canvas === null) return;
  canvas.tabIndex = 0;
  canvas.setAttribute('aria-label', screen.dataset.label ?? '');
  if (wantsKeyboard && document.hasFocus()) current?.rfb.focus();
  wantsKeyboard = false;
}

function close(): void {
  const ended = current;
  if (ended === undefined) return;
  current = undefined;
  wantsKeyboard ||= screen.contains(document.activeElement);
  enable(false);
  ended.channel.close();
}

function say(text: string, actions: readonly Choice[]): void {
  element('text').textContent = text;
  const made = actions.map(({ action, label }) => {
    const one = document.createElement('button');
    one.textContent = label;
    one.addEventListener('click', () => vscode.postMessage({ type: 'act', action }));
    return one;
  });
  element('actions').replaceChildren(...made);
  message.hidden = false;
}

function applyChoices(): void {
  const kept = { viewOnly: isPressed(buttons.viewOnly), resize: isPressed(buttons.resize) };
  vscode.setState(kept);
  if (current === undefined) return;
  current.rfb.viewOnly = kept.viewOnly;
  current.rfb.resizeSession = kept.resize;
  enable(true);
}

function enable(connected: boolean): void {
  const works = connected && current !== undefined;
  buttons.screenshot.disabled = !works;
  buttons.ctrlAltDel.disabled = buttons.paste.disabled = !works || isPressed(buttons.viewOnly);
}

async function paste(text: string): Promise<void> {
  const connection = current;
  if (connection === undefined) return;
  connection.rfb.focus();
  if (connection.clipboard) {
    connection.rfb.clipboardPasteFrom(text);
    return;
  }
  for (const strokes of strokesOf(text)) {
    if (current !== connection) return;
    for (const { keysym, code, down } of strokes) connection.rfb.sendKey(keysym, code, down);
    await new Promise((resolve) => setTimeout(resolve, strokes.length * strokeMs));
  }
}

function saveScreenshot(): void {
  current?.rfb.toBlob((blob) => {
    void blob?.arrayBuffer().then((bytes) => vscode.postMessage({ type: 'save', bytes }));
  }, 'image/png');
}

function toggle(one: HTMLButtonElement): void {
  one.setAttribute('aria-pressed', String(!isPressed(one)));
  applyChoices();
}

function isPressed(one: HTMLButtonElement): boolean {
  return one.getAttribute('aria-pressed') === 'true';
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element ${id}`);
  return found;
}

function button(id: string): HTMLButtonElement {
  return element(id) as HTMLButtonElement;
}

buttons.ctrlAltDel.addEventListener('click', () => {
  current?.rfb.sendCtrlAltDel();
  current?.rfb.focus();
});
buttons.paste.addEventListener('click', () => vscode.postMessage({ type: 'paste' }));
buttons.screenshot.addEventListener('click', saveScreenshot);
for (const one of [buttons.viewOnly, buttons.resize]) one.addEventListener('click', () => toggle(one));

// noVNC keeps the keys for itself, so they are seen on their way to it.
screen.addEventListener('keydown', ({ code }) => leaveKeys.press(code), true);
screen.addEventListener(
  'keyup',
  ({ code }) => {
    // Later: noVNC has to tell the machine that the key is up before the keyboard goes elsewhere.
    if (leaveKeys.release(code)) setTimeout(() => buttons.viewOnly.focus());
  },
  true,
);
screen.addEventListener('focusout', () => leaveKeys.forget());

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'open':
      open(data.id, data.clipboard);
      break;
    case 'bytes':
      if (data.id === current?.id) current.channel.receive(data.bytes);
      break;
    case 'close':
      if (data.id === current?.id) close();
      break;
    case 'password':
      if (data.id === current?.id) current.rfb.sendCredentials({ password: data.password });
      break;
    case 'say':
      say(data.text, data.actions);
      break;
    case 'paste':
      void paste(data.text);
  }
});

const kept = vscode.getState();
if (kept !== undefined) {
  buttons.viewOnly.setAttribute('aria-pressed', String(kept.viewOnly));
  buttons.resize.setAttribute('aria-pressed', String(kept.resize));
}
enable(false);
vscode.postMessage({ type: 'ready' });
