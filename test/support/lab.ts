import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { cacheDir } from './cache';
import { copyXmlFiles } from './copyXmlFiles';
import { domainXml, escapeXml, type MachineOptions } from './domainXml';
import { guestImage } from './guestImage';
import { claimLabDir, sweepLabs } from './labDirectory';
import { endProcessesOf } from './labProcesses';
import { openSerial } from './serial';
import { systemPath } from './systemPackages';
import { asUser } from './unprivileged';

/** The namespace that marks templates and clones (DESIGN, rule 7). */
export const metadataUri = 'urn:linked-clones:libvirt:1';

/** What a guest of the guest image says on its serial line, every 2 s, once it is up. */
export const ready = /LAB GUEST READY [^\n]*\n/;

/** A domain of a lab and its one disk. */
export interface LabMachine {
  readonly name: string;
  readonly uuid: string;
  /** Absolute path of the volume. */
  readonly path: string;
}

export interface LabOptions {
  /** A directory to keep (`standingLabDir()`), instead of a new one that `dispose` removes. */
  readonly dir?: string;
}

/** An isolated `qemu:///session`: its configuration, sockets, pools and images lie in one directory. */
export interface Lab {
  readonly dir: string;
  readonly uri: 'qemu:///session';
  /** This process' environment and the `XDG_*` variables that make the session this lab's. */
  readonly env: NodeJS.ProcessEnv;
  /** Target directory of the pool `default`. */
  readonly poolDir: string;
  /** Runs virsh in the C locale; resolves with its output, throws with its message. */
  virsh(...args: string[]): Promise<string>;
  /** Runs any program in the lab's environment and the user's locale; resolves with its output. */
  run(file: string, ...args: string[]): Promise<string>;
  /** Defines, starts and autostarts a directory pool; the directory is made. Does nothing when it is there. */
  definePool(name: string, dir: string): Promise<void>;
  /** A machine that is marked as template and whose image is read-only. */
  addTemplate(name: string, options?: MachineOptions): Promise<LabMachine>;
  /** An ordinary machine, switched off, with an image of its own. */
  addMachine(name: string, options?: MachineOptions): Promise<LabMachine>;
  /** A machine of this name, when the lab has one. */
  find(name: string): Promise<LabMachine | undefined>;
  /**
   * Sees to it that a machine and its image are there: what is left of it alone (a person has deleted the machine and kept
   * the image, or the other way round) is taken away, and it is made anew.
   */
  ensure(name: string, make: () => Promise<LabMachine>): Promise<LabMachine>;
  /** Resolves with what the guest's serial line said until the line `LAB GUEST READY …`, or another one; throws after `timeout` ms. */
  waitForReady(domain: string, timeout: number, wanted?: RegExp): Promise<string>;
  /** Resolves when the domain is in this state (`shut off`, `running`); throws after `timeout` ms. */
  waitForState(domain: string, state: string, timeout: number): Promise<void>;
  /** SHA-256 of a file, in hex. */
  hash(file: string): Promise<string>;
  /** Ends every process of the lab, and removes its directory unless that was given. May be called twice. */
  dispose(): Promise<void>;
}

/**
 * Makes a lab with an active pool `default`, after clearing away labs whose process died. For root the session runs
 * as another user (unprivileged.ts): programs that are not started by the lab itself need `asUser` too.
 */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  await sweepLabs();
  const dir = await claimLabDir(options.dir);
  const lab = new SessionLab(dir, options.dir !== undefined);
  try {
    await endProcessesOf(dir); // of a standing lab whose process died
    await lab.makeDirectories();
    await lab.definePool('default', lab.poolDir);
  } catch (error) {
    await lab.dispose();
    throw error;
  }
  return lab;
}

class SessionLab implements Lab {
  readonly uri = 'qemu:///session';
  readonly env: NodeJS.ProcessEnv;
  readonly poolDir: string;
  private readonly session: Record<string, string>;
  private readonly capabilities: string;

  constructor(
    readonly dir: string,
    private readonly standing: boolean,
  ) {
    this.poolDir = path.join(dir, 'pool');
    this.session = {
      XDG_CONFIG_HOME: path.join(dir, 'c'),
      XDG_CACHE_HOME: path.join(dir, 'k'),
      XDG_DATA_HOME: path.join(dir, 'd'),
      XDG_RUNTIME_DIR: path.join(dir, 'r'),
    };
    this.capabilities = path.join(dir, 'k/libvirt/qemu/cache/capabilities');
    this.env = { ...process.env, ...this.session, PATH: systemPath(), LIBVIRT_DEFAULT_URI: this.uri };
  }

  /** The session's directories; in them what libvirt found out about QEMU before, or it asks again for 4 s. */
  async makeDirectories(): Promise<void> {
    for (const directory of Object.values(this.session))
      await mkdir(directory, { recursive: true, mode: 0o700 });
    await copyXmlFiles(cacheDir('qemu-capabilities'), this.capabilities);
  }

  async virsh(...args: string[]): Promise<string> {
    return this.execute('virsh', ['--connect', this.uri, ...args], { ...this.env, LC_ALL: 'C.UTF-8' });
  }

  async run(file: string, ...args: string[]): Promise<string> {
    return this.execute(file, args, this.env);
  }

  async definePool(name: string, dir: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    const pools = (await this.virsh('pool-list', '--all', '--name')).split('\n').map((line) => line.trim());
    if (!pools.includes(name)) {
      const xml = `<pool type='dir'><name>${escapeXml(name)}</name><target><path>${escapeXml(dir)}</path></target></pool>`;
      await this.withFile(xml, (file) => this.virsh('pool-define', file));
      await this.virsh('pool-autostart', '--pool', name);
    }
    if (!/^State: +running/m.test(await this.virsh('pool-info', '--pool', name)))
      await this.virsh('pool-start', '--pool', name);
  }

  async addTemplate(name: string, options: MachineOptions = {}): Promise<LabMachine> {
    const machine = await this.addMachine(name, options);
    const mark = ['--uri', metadataUri, '--key', 'linkedclones', '--set', '<template/>', '--config'];
    await this.virsh('metadata', machine.uuid, ...mark);
    await chmod(machine.path, 0o444);
    return machine;
  }

  async addMachine(name: string, options: MachineOptions = {}): Promise<LabMachine> {
    const format = options.format ?? 'qcow2';
    const pool = options.pool ?? 'default';
    const volume = options.volume ?? `${name}.${format === 'raw' ? 'img' : format}`;
    const target = path.join(await this.poolPath(pool), volume);
    const image = options.image ?? (await guestImage());
    if (format === 'qcow2')
      await copyFile(image, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    else await execa('qemu-img', ['convert', '-O', format, image, target]);
    await chmod(target, 0o644);
    await this.virsh('pool-refresh', '--pool', pool);
    const uuid = randomUUID();
    await this.withFile(domainXml(name, uuid, target, options), (file) => this.virsh('define', file));
    return { name, uuid, path: target };
  }

  async find(name: string): Promise<LabMachine | undefined> {
    const names = (await this.virsh('list', '--all', '--name')).split('\n');
    if (!names.includes(name)) return undefined;
    const uuid = (await this.virsh('domuuid', '--domain', name)).trim();
    const disk = /^\s*\S+\s+disk\s+vda\s+(.*)$/m.exec(
      await this.virsh('domblklist', '--domain', name, '--details'),
    );
    return { name, uuid, path: disk?.[1] ?? '' };
  }

  async ensure(name: string, make: () => Promise<LabMachine>): Promise<LabMachine> {
    const found = await this.find(name);
    if (found !== undefined && existsSync(found.path)) return found;
    if (found !== undefined) await this.virsh('undefine', found.uuid);
    await rm(path.join(this.poolDir, `${name}.qcow2`), { force: true });
    return make();
  }

  async waitForReady(domain: string, timeout: number, wanted = ready): Promise<string> {
    const deadline = Date.now() + timeout;
    const serial = openSerial(await this.ptyOf(domain, deadline));
    try {
      return await serial.waitFor(wanted, deadline - Date.now());
    } finally {
      serial.close();
    }
  }

  async waitForState(domain: string, state: string, timeout: number): Promise<void> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const current = (await this.virsh('domstate', '--domain', domain)).trim();
      if (current === state) return;
      if (Date.now() > deadline)
        throw new Error(`${domain} is ${current}, not ${state}, after ${timeout} ms`);
      await sleep(200);
    }
  }

  async hash(file: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    return hash.digest('hex');
  }

  async dispose(): Promise<void> {
    await endProcessesOf(this.dir);
    await copyXmlFiles(this.capabilities, cacheDir('qemu-capabilities'));
    if (this.standing) await rm(path.join(this.dir, 'owner.json'), { force: true });
    else await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  /** The domain's pty; waits for the domain to run. */
  private async ptyOf(domain: string, deadline: number): Promise<string> {
    for (;;) {
      const pty = await this.virsh('ttyconsole', '--domain', domain).catch(() => '');
      if (pty.trim() !== '') return pty.trim();
      if (Date.now() > deadline) throw new Error(`${domain} has no serial line: it does not run.`);
      await sleep(200);
    }
  }

  private async poolPath(name: string): Promise<string> {
    const xml = await this.virsh('pool-dumpxml', '--pool', name);
    const dir = /<path>(.*)<\/path>/.exec(xml)?.[1];
    if (dir === undefined) throw new Error(`The pool ${name} has no directory.`);
    return dir;
  }

  private async withFile(text: string, use: (file: string) => Promise<unknown>): Promise<void> {
    const file = path.join(this.dir, `${randomUUID()}.xml`);
    await writeFile(file, text);
    await use(file).finally(() => rm(file));
  }

  /** With the whole environment and nothing else; `execa` throws with the program's message. */
  private async execute(program: string, programArgs: string[], env: NodeJS.ProcessEnv): Promise<string> {
    const { file, args } = asUser(program, programArgs);
    return (await execa(file, args, { env, extendEnv: false, stripFinalNewline: false })).stdout;
  }
}
