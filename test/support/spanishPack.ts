import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Lets a server's workbench be opened in Spanish without the marketplace's language pack: the browser's language
 * decides (`Accept-Language`), VS Code's own texts stay English, extensions show their Spanish.
 *
 * Two files make that so. Without `argv.json` the server takes English for set; with one that names no language it
 * looks at the browser. And a language counts as there when `languagepacks.json` lists it, with a translation of
 * `vscode`, be it empty.
 */
export async function allowSpanish(dataDir: string): Promise<void> {
  const data = path.join(dataDir, 'data');
  await mkdir(path.join(data, 'User'), { recursive: true });
  const argv = path.join(data, 'User', 'argv.json');
  if (!existsSync(argv)) await writeFile(argv, '{}\n');
  const translations = path.join(data, 'vscode.es.json');
  await writeFile(translations, JSON.stringify({ contents: {} }));
  const extensions = [{ extensionIdentifier: { id: 'linked-clones.spanish' }, version: '1.0.0' }];
  const pack = { hash: 'own', label: 'español', extensions, translations: { vscode: translations } };
  await writeFile(path.join(data, 'languagepacks.json'), JSON.stringify({ es: pack }));
}
