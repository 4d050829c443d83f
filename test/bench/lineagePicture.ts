import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LineagePage } from '../support/workbench/lineagePage';
import { installExtension, startServer } from '../support/vscodeServer';
import { Workbench } from '../support/workbench/workbench';
import { crowd } from './crowd';
import { rowOf } from './row';
import type { Subject } from './subject';

const runs = 5;
const nodes = 500;
const vsix = path.resolve('dist/libvirt-linked-clones.vsix');

/** How long a person waits for a large picture: from the key that asks for it until all nodes are in the page. */
export const lineagePicture: Subject = {
  name: 'lineage',
  async *measure(wants) {
    if (!wants('lineage.picture')) return;
    const { lab } = await crowd({ volumes: nodes, domains: nodes });
    const dir = await mkdtemp(path.join(tmpdir(), 'llc-bench-'));
    try {
      await installExtension(dir, vsix);
      const server = await startServer({ dataDir: dir, env: lab.env });
      try {
        yield rowOf(
          {
            id: 'lineage.picture',
            what: `the picture of ${nodes} nodes in the workbench, from the key to the page`,
            unit: 'ms',
          },
          await timesIn(await Workbench.open(server, { folder: lab.dir })),
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

async function timesIn(window: Workbench): Promise<number[]> {
  const times: number[] = [];
  try {
    await window.openView('Libvirt');
    await window.tree.row('Virtual Machines', 60_000);
    // The first shows the command to the palette, and VS Code how to make such a page.
    for (let run = 0; run <= runs; run++) {
      await window.runCommand('Libvirt: Show Lineage');
      const started = performance.now();
      await new LineagePage(window.page).waitFor(nodes);
      if (run > 0) times.push(performance.now() - started);
      await window.runCommand('View: Close All Editors');
      await window.page.locator('iframe.webview').waitFor({ state: 'detached' });
    }
    return times;
  } finally {
    await window.close();
  }
}
