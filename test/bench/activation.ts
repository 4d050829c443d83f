import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLab } from '../support/lab';
import { installExtension, startServer, type VSCodeServer } from '../support/vscodeServer';
import { Workbench } from '../support/workbench/workbench';
import { rowOf } from './row';
import type { Subject } from './subject';

const runs = 5;
const vsix = path.resolve('dist/libvirt-linked-clones.vsix');

/** What the packaged extension costs a window that opens: loading its code and activating it, as VS Code measures it. */
export const activation: Subject = {
  name: 'activation',
  async *measure(wants) {
    if (!wants('activation.time')) return;
    const lab = await createLab();
    const dir = await mkdtemp(path.join(tmpdir(), 'llc-bench-'));
    try {
      await lab.addMachine('machine');
      await installExtension(dir, vsix);
      const server = await startServer({ dataDir: dir, env: lab.env });
      try {
        // The first fills VS Code's cache of compiled code.
        await timeIn(server, lab.dir);
        const times: number[] = [];
        while (times.length < runs) times.push(await timeIn(server, lab.dir));
        yield rowOf(
          {
            id: 'activation.time',
            what: 'loading the code and activating it, in the extension host',
            bound: 50,
            unit: 'ms',
          },
          times,
        );
      } finally {
        await server.stop();
      }
    } finally {
      await lab.dispose();
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

/** Milliseconds, from the table in *Developer: Startup Performance*. */
async function timeIn(server: VSCodeServer, folder: string): Promise<number> {
  const window = await Workbench.open(server, { folder });
  try {
    await window.openView('Libvirt');
    await window.tree.row('Virtual Machines');
    await window.runCommand('Developer: Startup Performance');
    // It is written bit by bit.
    for (const end = Date.now() + 60_000; ;) {
      const text = await window.editorText();
      const row = /linked-clones\.libvirt-linked-clones *\|[^|]*\| *(\d+) *\| *(\d+) *\| *(\d+) *\|/.exec(
        text,
      );
      if (row !== null) return row.slice(1).reduce((sum, number) => sum + Number(number), 0);
      if (Date.now() > end) throw new Error(`Nothing of the extension in:\n${text}`);
      await sleep(500);
    }
  } finally {
    await window.close();
  }
}
