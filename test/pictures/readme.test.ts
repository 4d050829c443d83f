import { rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { Stage } from '../journey/stage';
import type { Workbench } from '../support/workbench/workbench';

const template = 'template-debian12';
const machines = 'Virtual Machines';

/** Frames of a film, each shown for its own time. */
class Film {
  private readonly frames: { readonly file: string; readonly ms: number }[] = [];

  async take(window: Workbench, ms: number): Promise<void> {
    this.frames.push({ file: await window.screenshot(`frame-${this.frames.length}`), ms });
  }

  async save(name: string): Promise<void> {
    const frames = this.frames.flatMap(({ file, ms }) => ['-d', String(ms), file]);
    await execa('img2webp', [
      '-loop',
      '0',
      '-lossy',
      '-q',
      '70',
      ...frames,
      '-o',
      path.resolve('artifacts', name),
    ]);
    for (const { file } of this.frames) await rm(file);
  }
}

/** Plays what the README shows, and takes its pictures on the way: `npm run screenshots` puts them into media/. */
describe('the pictures of the README', () => {
  let stage: Stage;
  let window: Workbench;
  const film = new Film();

  before(async () => {
    stage = await Stage.set(template, 'desktop');
    window = await stage.open({ width: 1100, height: 700 });
  });

  after(() => stage.strike());

  it('show how three linked clones are made', async () => {
    const { tree, quickInput, notifications, page } = window;
    await tree.row(template);
    await film.take(window, 900);
    await (await tree.row(['Templates', template])).click({ button: 'right' });
    const item = page.locator('.context-view .action-item', { hasText: 'Create Linked Clone…' });
    await item.hover();
    await film.take(window, 1400);
    await item.click();
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type('web-{1..3}');
    await film.take(window, 1400);
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
    await film.take(window, 2200);
    await quickInput.accept(/Create$/);
    await notifications.waitFor('3 virtual machines have been created', 120_000);
    await tree.row(['Templates', template, 'web-3']);
    await film.take(window, 2200);
    await notifications.clear();
    for (const name of ['web-1', 'web-2']) {
      await stage.lab.virsh('start', name);
      await tree.described([machines, name], /^running/);
      await film.take(window, 900);
    }
    await film.take(window, 2200);
    await film.save('readme-clone.webp');
  });

  it('show the tree, the commands and the lineage, in the dark and in the light', async () => {
    const { tree, lineage, page } = window;
    for (const group of ['Storage Pools', 'default']) await tree.expand(group);
    await tree.row(['default', `${template}.qcow2`, 'web-3.qcow2']);
    for (const theme of ['dark', 'light'] as const) {
      await window.changeTheme(theme);
      await page.mouse.move(700, 300);
      await window.screenshot(`readme-tree-${theme}`);
    }
    await window.runCommand('View: Hide Panel');
    await tree.contextMenu(['Templates', template], 'Show Lineage');
    await lineage.waitFor(4);
    for (const theme of ['light', 'dark'] as const) {
      await window.changeTheme(theme);
      await page.mouse.move(700, 600);
      await window.screenshot(`readme-lineage-${theme}`);
    }
  });
});
