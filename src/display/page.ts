import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';

/** The page of a display: a bar of buttons, the screen, and words where there is none. */
export function displayPage(webview: vscode.Webview, extension: vscode.Uri, title: string): string {
  const nonce = randomUUID();
  const file = (...parts: string[]) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extension, ...parts)).toString();
  // The screen's pictures and its mouse pointer come as data.
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    'img-src data:',
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${file('media', 'display.css')}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<header>
<h1 class="unseen">${escapeHtml(title)}</h1>
${buttons()}
<span id="hint">${escapeHtml(vscode.l10n.t('Ctrl+Alt leaves the screen.'))}</span>
</header>
<main id="screen" data-label="${escapeHtml(title)}"></main>
<section id="message" hidden><p id="text" role="status"></p><div id="actions"></div></section>
<script type="module" nonce="${nonce}" src="${file('dist', 'display.js')}"></script>
</body>
</html>`;
}

function buttons(): string {
  return [
    button('ctrlAltDel', vscode.l10n.t('Ctrl+Alt+Del'), vscode.l10n.t('Send Ctrl+Alt+Del to the machine')),
    button(
      'paste',
      vscode.l10n.t('Paste'),
      vscode.l10n.t(
        'Give the text of the clipboard to the machine; without an agent in it, type it on a US keyboard',
      ),
    ),
    button(
      'viewOnly',
      vscode.l10n.t('View Only'),
      vscode.l10n.t('Send neither keys nor mouse to the machine'),
      false,
    ),
    button(
      'resize',
      vscode.l10n.t('Fit to Tab'),
      vscode.l10n.t('Let the machine change its resolution to the size of the tab'),
      true,
    ),
    button('screenshot', vscode.l10n.t('Screenshot…'), vscode.l10n.t('Save what the screen shows as PNG')),
  ].join('\n');
}

/** @param pressed whether a button that stays down is down at first */
function button(id: string, label: string, title: string, pressed?: boolean): string {
  const state = pressed === undefined ? '' : ` aria-pressed="${pressed}"`;
  return `<button id="${id}" title="${escapeHtml(title)}"${state}>${escapeHtml(label)}</button>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
