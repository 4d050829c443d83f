import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import { linkedClones } from '../../src/plan/linkedClone';
import { Journal } from '../../src/run/journal';
import type { Lab } from '../support/lab';
import { LabHost } from '../support/labHost';
import { processesOf } from '../support/labProcesses';

const template = 'plantilla-prueba1';
const pool = path.join(path.dirname(process.env.XDG_RUNTIME_DIR ?? ''), 'pool');

describe('what a run has made', () => {
  let api: Api;
  let runs: string;

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('linked-clones.libvirt-linked-clones');
    assert.ok(extension);
    api = await extension.activate();
    runs = path.join(api.storage.fsPath, 'runs');
  });

  afterEach(async () => {
    for (const name of await domains()) if (name.startsWith('cut-')) await virsh('undefine', name);
    for (const file of await files()) if (file.startsWith('cut-')) await rm(path.join(pool, file));
    await virsh('pool-refresh', 'default');
    await vscode.commands.executeCommand('libvirt.refresh');
  });

  it('is taken back when its terminal is closed by hand', async () => {
    const closing = vscode.window.onDidOpenTerminal(async (terminal) => {
      if (!terminal.name.includes('cut-1')) return;
      await until('the overlay is there', () => existsSync(path.join(pool, 'cut-1.qcow2')));
      terminal.dispose();
    });
    try {
      await assert.rejects(clone('cut-1'), /Cancelled at the step/);
    } finally {
      closing.dispose();
    }
    assert.deepEqual([await ours(domains()), await ours(files()), await journals()], [[], [], []]);
  });

  it('is taken back as soon as its host is reached again', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'llc-gone-'));
    const [away, file] = ['away', 'virsh'].map((name) => path.join(dir, name)) as [string, string];
    const failure =
      "error: failed to connect to the hypervisor\nerror: Failed to connect socket to 'x': Connection refused";
    await writeFile(
      file,
      `#!/bin/sh\n[ -e ${away} ] && { echo "${failure}" >&2; exit 1; }\nexec virsh "$@"\n`,
    );
    await chmod(file, 0o755);
    const settings = vscode.workspace.getConfiguration('libvirt');
    await settings.update('virshPath', file, vscode.ConfigurationTarget.Global);
    try {
      const running = assert.rejects(clone('cut-1'), /Not undone yet: the host is not reached/);
      await until('the overlay is there', () => existsSync(path.join(pool, 'cut-1.qcow2')));
      await writeFile(away, '');
      const lab = path.dirname(pool);
      for (const { pid, program } of processesOf(lab)) if (program === 'virsh') process.kill(pid, 'SIGKILL');
      await running;
      assert.deepEqual(await ours(files()), ['cut-1.qcow2']);
      assert.equal((await journals()).length, 1);
      await rm(away);
      await vscode.commands.executeCommand('libvirt.refresh');
      await until('all is taken back', async () => (await journals()).length === 0);
      assert.deepEqual([await ours(domains()), await ours(files())], [[], []]);
    } finally {
      await settings.update('virshPath', undefined, vscode.ConfigurationTarget.Global);
      await rm(dir, { recursive: true });
    }
  });

  describe('before it was cut off with its window', () => {
    it('is finished where that is chosen', async () => {
      await cutOffRun();
      await answering('Finish', () => api.recover());
      assert.deepEqual(await ours(domains()), ['cut-1', 'cut-2']);
      assert.deepEqual(await journals(), []);
    });

    it('is undone where that is chosen, but for what is whole, and that is said', async () => {
      await cutOffRun();
      const said = await answering('Undo', () => api.recover());
      assert.deepEqual(await ours(files()), ['cut-1.qcow2']);
      assert.deepEqual(await journals(), []);
      assert.match(said.join('\n'), /was cut off.*\n.*was taken back.*cut-2.qcow2.*kept: cut-1\./);
    });

    it('is kept where that is chosen', async () => {
      await cutOffRun();
      await answering('Keep', () => api.recover());
      assert.deepEqual(await ours(files()), ['cut-1.qcow2', 'cut-2.qcow2']);
      assert.deepEqual(await journals(), []);
    });

    it('is offered again where nothing was chosen, or its host is not in the settings', async () => {
      await cutOffRun('qemu+tcp://nowhere.invalid/system');
      await answering(undefined, () => api.recover());
      const said = await answering('Undo', () => api.recover());
      assert.match(said.join('\n'), /not in the settings/);
      assert.deepEqual(await journals(), ['cut.1-1.jsonl']);
      await answering('Keep', () => api.recover());
      assert.deepEqual(await journals(), []);
    });
  });

  /** One clone is whole and the other half made; the process that wrote the journal is gone. */
  async function cutOffRun(uri?: string): Promise<void> {
    const host = new LabHost({ uri: 'qemu:///session', env: process.env } as Lab);
    try {
      const lineage = await host.lineage();
      const answers = await host.answers(template, lineage, { method: 'define' });
      const plan = linkedClones(answers, ['cut-1', 'cut-2'], lineage);
      const journal = await Journal.open(runs, 'cut', { ...plan, uri: uri ?? plan.uri });
      const run = host.runPiped(plan, {
        onUndo: (undo, { part }) => journal.begins(undo, part),
        onOver: (undo) => journal.over(undo),
        onDone: (part) => journal.done(part),
        onStep: ({ part, spec }) => {
          if (part === 'cut-2' && spec.args.includes('define')) throw new Error('cut off');
        },
      });
      await assert.rejects(run, /cut off/);
      await rename(journal.file, path.join(runs, 'cut.1-1.jsonl'));
    } finally {
      host.host.dispose();
    }
  }

  async function journals(): Promise<string[]> {
    return readdir(runs);
  }
});

/** Answers what is asked beside the window, as a person would; returns what was said. */
async function answering(answer: string | undefined, job: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const names = ['showWarningMessage', 'showInformationMessage', 'showErrorMessage'] as const;
  const window = vscode.window as unknown as Record<string, unknown>;
  const own = names.map((name) => window[name]);
  for (const name of names) {
    window[name] = (message: string, ...items: string[]) => {
      said.push(message);
      return Promise.resolve(items.find((item) => item === answer));
    };
  }
  try {
    await job();
  } finally {
    names.forEach((name, index) => (window[name] = own[index]));
  }
  return said;
}

async function clone(name: string): Promise<unknown> {
  return vscode.commands.executeCommand('libvirt.createLinkedClone', {
    template,
    name,
    method: 'virt-clone',
  });
}

async function virsh(...args: string[]): Promise<string> {
  return (await execa('virsh', ['--connect', 'qemu:///session', ...args])).stdout;
}

async function domains(): Promise<string[]> {
  return (await virsh('list', '--all', '--name')).split('\n').map((line) => line.trim());
}

async function files(): Promise<string[]> {
  return readdir(pool);
}

async function ours(names: Promise<string[]>): Promise<string[]> {
  return (await names).filter((name) => name.startsWith('cut-')).sort();
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `never: ${what}`);
    await sleep(20);
  }
}
