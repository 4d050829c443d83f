import { chmod, copyFile, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { systemPath } from './systemPackages';
import { tool } from './tool';

/** What a kernel's first root file system holds besides busybox. */
export interface InitramfsParts {
  /** The unpacked Debian package of the kernel. */
  readonly kernel: string;
  /** The unpacked Debian package busybox-static. */
  readonly busybox: string;
  /** The kernel's modules, by name; what they depend on comes with them, what is built in must be left out. */
  readonly modules: readonly string[];
  /** Directories beside `bin`, `dev`, `proc`, `sys` and `modules`. */
  readonly dirs: readonly string[];
  /** Scripts by their path; `init` is process 1. Modules lie in `/modules`, named in the order of their loading. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** Makes the compressed archive in a directory, without root. Resolves with its path. */
export async function initramfs(work: string, parts: InitramfsParts): Promise<string> {
  const root = path.join(work, 'initramfs');
  for (const dir of ['bin', 'dev', 'proc', 'sys', 'modules', ...parts.dirs])
    await mkdir(path.join(root, dir), { recursive: true });
  const busybox = path.join(parts.busybox, 'bin/busybox');
  await copyFile(busybox, path.join(root, 'bin/busybox'));
  await chmod(path.join(root, 'bin/busybox'), 0o755);
  for (const applet of (await tool(busybox, ['--list'])).split('\n'))
    if (applet !== 'busybox') await symlink('busybox', path.join(root, 'bin', applet));
  for (const [file, text] of Object.entries(parts.scripts)) {
    await writeFile(path.join(root, file), text);
    await chmod(path.join(root, file), 0o755);
  }
  await copyModules(parts.kernel, parts.modules, path.join(root, 'modules'));

  const files = await readdir(root, { recursive: true });
  const archive = path.join(work, 'initramfs.cpio');
  const options = { cwd: root, input: ['.', ...files].join('\n'), stdout: { file: archive } };
  await execa('cpio', ['--quiet', '-o', '-H', 'newc', '-R', '0:0'], {
    ...options,
    env: { PATH: systemPath() },
  });
  await tool('gzip', ['-9', archive]);
  return `${archive}.gz`;
}

/** Copies the modules as `00-name.ko`, `01-name.ko` …, numbered in the order in which they can be loaded. */
async function copyModules(kernel: string, modules: readonly string[], target: string): Promise<void> {
  const files = await readdir(path.join(kernel, 'lib/modules'), { recursive: true });
  const done = new Set<string>();
  const copyWithDependencies = async (name: string): Promise<void> => {
    const found = files.find((file) => [`${name}.ko`, `${name}.ko.xz`].includes(path.basename(file)));
    if (found === undefined || done.has(name)) return;
    done.add(name);
    const unpacked = path.join(target, `${name}.ko`);
    await copyFile(path.join(kernel, 'lib/modules', found), path.join(target, path.basename(found)));
    if (found.endsWith('.xz')) await tool('xz', ['--decompress', `${unpacked}.xz`]);
    for (const dependency of await dependenciesOf(unpacked)) await copyWithDependencies(dependency);
    const order = (await readdir(target)).filter((file) => /^\d/.test(file)).length;
    await rename(unpacked, path.join(target, `${String(order).padStart(2, '0')}-${name}.ko`));
  };
  for (const name of modules) await copyWithDependencies(name);
}

/** The modules that a module names in its own `depends=a,b`. */
async function dependenciesOf(file: string): Promise<string[]> {
  const text = (await readFile(file)).toString('latin1');
  const list = text.split('\0').find((entry) => entry.startsWith('depends='));
  return (list ?? 'depends=').slice('depends='.length).split(',').filter(Boolean);
}
