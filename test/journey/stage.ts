import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLab, type Lab } from '../support/lab';
import { installExtension, startServer, type VSCodeServer } from '../support/vscodeServer';
import { Workbench, type WorkbenchOptions } from '../support/workbench/workbench';

const vsix = path.resolve('dist/libvirt-linked-clones.vsix');

/** A lab with a template and a machine, a VS Code with the packaged extension, and the windows opened in it. */
export class Stage {
  private window: Workbench | undefined;

  private constructor(
    readonly lab: Lab,
    private readonly server: VSCodeServer,
    private readonly dir: string,
  ) {}

  static async set(): Promise<Stage> {
    const lab = await createLab();
    const dir = await mkdtemp(path.join(tmpdir(), 'llc-journey-'));
    await lab.addTemplate('plantilla-prueba1');
    await lab.addMachine('maquina1');
    await installExtension(dir, vsix);
    return new Stage(lab, await startServer({ dataDir: dir, env: lab.env }), dir);
  }

  /** Opens a window on the view, in place of the one before. */
  async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    await this.window?.close();
    this.window = await Workbench.open(this.server, { folder: this.lab.dir, ...options });
    await this.window.openView('Libvirt');
    return this.window;
  }

  /** Keeps a picture of what a failed test saw last. */
  async keepLastSight(test: string): Promise<void> {
    await this.window?.screenshot(`failed ${test}`.replace(/\W+/g, '-'));
  }

  async strike(): Promise<void> {
    await this.window?.close();
    await this.server.stop();
    await this.lab.dispose();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}
