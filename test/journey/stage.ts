import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLab, type Lab } from '../support/lab';
import { installExtension, startServer, type VSCodeServer } from '../support/vscodeServer';
import { Workbench, type WorkbenchOptions } from '../support/workbench/workbench';

const vsix = path.resolve('dist/libvirt-linked-clones.vsix');

/** A lab with a template and a machine, a VS Code with the packaged extension, and the windows opened in it. */
export class Stage {
  private readonly windows: Workbench[] = [];
  /** The options of the window that is open, as JSON; nothing where another test must not go on in it. */
  private openedWith: string | undefined;

  private constructor(
    readonly lab: Lab,
    private readonly server: VSCodeServer,
    private readonly dir: string,
  ) {}

  static async set(template = 'plantilla-prueba1', machine = 'maquina1'): Promise<Stage> {
    const lab = await createLab();
    const dir = await mkdtemp(path.join(tmpdir(), 'llc-journey-'));
    await lab.addTemplate(template);
    await lab.addMachine(machine);
    await installExtension(dir, vsix);
    // The extension host of a window that is closed lives on for as long as the window might come back.
    const flags = ['--reconnection-grace-time', '5'];
    return new Stage(lab, await startServer({ dataDir: dir, env: lab.env, flags }), dir);
  }

  /** Opens a window on the view in place of the one before, or goes on in that one where it is just like this. */
  async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const last = this.windows.at(-1);
    const goesOn = last !== undefined && this.openedWith === JSON.stringify(options);
    const window = goesOn ? last : await this.openWindow(options);
    if (goesOn) await window.tidy();
    await window.openView('Libvirt');
    return window;
  }

  /** Opens a window as it is at first, in place of the one before. */
  async openWindow(options: WorkbenchOptions = {}): Promise<Workbench> {
    await this.closeWindows();
    return this.openBeside(options);
  }

  /** Opens one more window, with an extension host of its own; the settings are those of all. */
  async openBeside(options: WorkbenchOptions = {}): Promise<Workbench> {
    const window = await Workbench.open(this.server, { folder: this.lab.dir, ...options });
    this.windows.push(window);
    this.openedWith = JSON.stringify(options);
    return window;
  }

  /** Kills what carries a run out, and with it the window: nothing of the extension is told. */
  async killWindow(): Promise<void> {
    await this.server.killExtensionHosts();
    await this.closeWindows();
  }

  private async closeWindows(): Promise<void> {
    this.openedWith = undefined;
    await Promise.all(this.windows.map((window) => window.close()));
  }

  /** What the windows have written to their consoles as errors. */
  get complaints(): readonly string[] {
    return this.windows.flatMap(({ consoleErrors }) => consoleErrors);
  }

  /** After each test: keeps a picture of what a failed one saw last, and switches off the machines that it left on. */
  async tidyUp(test: Mocha.Test | undefined): Promise<void> {
    if (test?.state === 'failed') await this.keepLastSight(test.title);
    const running = (await this.lab.virsh('list', '--name')).split('\n').filter((name) => name !== '');
    for (const name of running) await this.lab.virsh('destroy', name).catch(() => undefined);
  }

  /** Keeps a picture of what a failed test saw last; the next one gets a window of its own. */
  async keepLastSight(test: string): Promise<void> {
    this.openedWith = undefined;
    const picture = this.windows.at(-1)?.screenshot(`failed ${test}`.replace(/\W+/g, '-'));
    await picture?.catch((error: unknown) => console.error(error));
  }

  /** The files of VS Code and its extensions in which a text stands: settings, states, logs. */
  async filesWith(text: string): Promise<string[]> {
    const entries = await readdir(this.dir, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const contents = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
    return files.filter((_, index) => contents[index]?.includes(text) === true);
  }

  async strike(): Promise<void> {
    await this.closeWindows();
    await this.server.stop();
    await this.lab.dispose();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}
