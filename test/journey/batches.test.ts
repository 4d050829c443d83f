import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notifications } from '../support/workbench/notifications';
import type { Workbench } from '../support/workbench/workbench';
import { choose, chooseMethod, gone, terminalShows } from './acts';
import { Stage } from './stage';

const template = 'plantilla-prueba1';

describe('many at once, in VS Code', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.set();
  });

  afterEach(function () {
    return stage.tidyUp(this.currentTest);
  });

  after(() => stage.strike());

  it('stop at the first that fails where that was chosen in the summary, and say what became of each', async () => {
    const libvirt = await virtClone('case "$*" in *" --name stop-1 "*) exit 1;; esac');
    const window = await stage.openWindow({ settings: { 'libvirt.virtClonePath': libvirt } });
    const { quickInput, notifications } = window;
    await openSummary(window, 'stop-{1..6}');
    assert.match((await quickInput.rows()).join('\n'), /^If one fails {2}go on with the others$/m);
    await choose(window, 'If one fails');
    await quickInput.waitFor('Enter runs the commands');
    assert.match((await quickInput.rows()).join('\n'), /^If one fails {2}stop$/m);
    await chooseMethod(window, 'virt-clone');
    await quickInput.accept(/Create$/);
    const message = await notifications.waitFor('Not begun:', 120_000);
    await window.screenshot('stopped-at-first');
    assert.match(message, /stop-1: The step .* failed: virt-clone ended with exit code 1/);
    const [, done = ''] = /Done: ([^.]*)\./.exec(message) ?? [];
    const [, skipped = ''] = /Not begun: ([^.]*)\./.exec(message) ?? [];
    const told = ['stop-1', ...done.split(', '), ...skipped.split(', ')].filter((name) => name !== '');
    assert.deepEqual(
      told.sort(),
      [1, 2, 3, 4, 5, 6].map((number) => `stop-${number}`),
    );
    const made = (await hostNow()).domains.filter((name) => name.startsWith('stop-'));
    assert.deepEqual(
      made,
      done
        .split(', ')
        .filter((name) => name !== '')
        .sort(),
    );
  });

  it('were cut off with their window: the next one offers to undo them, and all is as before', async () => {
    const before = await hostNow();
    const libvirt = await virtClone('while [ -e "$0" ]; do sleep 0.1; done');
    const window = await stage.openWindow({ settings: { 'libvirt.virtClonePath': libvirt } });
    await openSummary(window, 'cut-{1..2}');
    await chooseMethod(window, 'virt-clone');
    await window.quickInput.accept(/Create$/);
    for (const name of ['cut-1', 'cut-2']) await terminalShows(window, new RegExp(`--name ${name} `));
    // What is under way is seen in the view and told beside it, where it can be cancelled.
    await window.page.locator('.sidebar .monaco-progress-container.active').first().waitFor();
    await window.notifications.waitFor(/2 linked clones of plantilla-prueba1: cut-\d: /);
    assert.ok((await window.notifications.buttons()).includes('Cancel'));
    await window.screenshot('batch-under-way');
    assert.deepEqual(
      (await hostNow()).files.filter((file) => file.startsWith('cut-')),
      ['cut-1.qcow2', 'cut-2.qcow2'],
    );
    await stage.killWindow();

    const next = await stage.openWindow();
    const offer = await next.notifications.waitFor('was cut off', 120_000);
    await next.screenshot('cut-off');
    assert.match(offer, /"2 linked clones of plantilla-prueba1" on qemu:\/\/\/session was cut off/);
    await next.notifications.press('Undo');
    await next.notifications.waitFor('was taken back');
    assert.deepEqual(await hostNow(), before);
    const again = await stage.openWindow();
    await again.openView('Libvirt');
    await again.tree.row(template);
    assert.doesNotMatch((await again.notifications.texts()).join('\n'), /cut off/);
  });

  it('of one name in two windows are one: the other window says why, and leaves it alone', async () => {
    const before = await hostNow();
    const windows = [await stage.openWindow(), await stage.openBeside()];
    for (const window of windows) {
      await openSummary(window, 'twin');
      await chooseMethod(window, 'virt-clone');
    }
    await Promise.all(windows.map(({ quickInput }) => quickInput.accept(/Create$/)));
    const said = await Promise.all(windows.map(({ notifications }) => outcome(notifications)));
    await Promise.all(windows.map((window, index) => window.screenshot(`twin-${index + 1}`)));
    const won = said.filter((text) => text.includes('The virtual machine twin has been created'));
    assert.equal(won.length, 1, said.join('\n'));
    const lost = said.find((text) => !won.includes(text)) ?? '';
    assert.match(lost, /There is already a (file|virtual machine)|The host has changed meanwhile/);
    const now = await hostNow();
    assert.deepEqual(now, {
      ...before,
      domains: [...before.domains, 'twin'].sort(),
      files: [...before.files, 'twin.qcow2'].sort(),
      volumes: [...before.volumes, 'twin.qcow2'].sort(),
    });
    await stage.lab.virsh('start', 'twin');
    assert.match(await stage.lab.waitForReady('twin', 90_000), /READY boots=1/);
    await stage.lab.virsh('destroy', 'twin');
    await stage.lab.virsh('undefine', 'twin', '--storage', 'vda');
    await gone(path.join(stage.lab.poolDir, 'twin.qcow2'));
  });

  /** The real virt-clone, behind a few words of shell. */
  async function virtClone(first: string): Promise<string> {
    const file = path.join(stage.lab.dir, 'virt-clone');
    await writeFile(file, `#!/bin/sh\n${first}\nexec virt-clone "$@"\n`);
    await chmod(file, 0o755);
    return file;
  }

  async function openSummary(window: Workbench, name: string): Promise<void> {
    const { tree, quickInput } = window;
    await window.openView('Libvirt');
    await tree.contextMenu(template, 'Create Linked Clone…');
    await quickInput.waitFor('Name of the linked clone');
    await quickInput.type(name);
    await quickInput.accept();
    await quickInput.waitFor('Enter runs the commands');
  }

  async function hostNow() {
    const lines = async (...args: string[]) => {
      const words = (await stage.lab.virsh(...args)).split('\n').map((line) => line.trim());
      return words.filter((word) => word !== '').sort();
    };
    await stage.lab.virsh('pool-refresh', 'default');
    const volumes = await lines('vol-list', '--pool', 'default');
    return {
      domains: await lines('list', '--all', '--name'),
      pools: await lines('pool-list', '--all', '--name'),
      volumes: volumes.flatMap((line) => /^(\S+) +\//.exec(line)?.[1] ?? []),
      files: (await readdir(stage.lab.poolDir)).sort(),
      base: await stage.lab.hash(path.join(stage.lab.poolDir, `${template}.qcow2`)),
    };
  }
});

/** What a window says when its run is over. */
async function outcome(notifications: Notifications): Promise<string> {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    const texts = await notifications.texts();
    const last = texts.find((text) => /twin has been created|already|changed meanwhile|failed/.test(text));
    if (last !== undefined) return last;
    await sleep(100);
  }
  return 'nothing';
}
