import path from 'node:path';
import { execa } from 'execa';
import { cacheDir } from './cache';
import type { Lab } from './lab';

/** The desktop VS Code of this machine, if there is one and a screen to show it on. */
export async function desktopCode(): Promise<string | undefined> {
  if ((process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY) === undefined) return undefined;
  for (const program of ['code', 'codium']) {
    const { failed } = await execa(program, ['--version'], { reject: false, stdin: 'ignore' });
    if (!failed) return program;
  }
  return undefined;
}

/** Opens a window with a profile of its own, in which only this extension is; resolves when it is closed or stopped. */
export async function openDesktop(program: string, lab: Lab, vsix: string, stop: AbortSignal): Promise<void> {
  const profile = cacheDir('start', 'desktop');
  const own = ['--user-data-dir', profile, '--extensions-dir', path.join(profile, 'extensions')];
  const options = { env: lab.env, extendEnv: false } as const;
  await execa(program, [...own, '--install-extension', vsix, '--force'], options);
  console.log(`VS Code opens with the lab in ${lab.dir}. Closing its window, or Ctrl-C, ends the lab.`);
  await execa(program, [...own, '--new-window', '--wait'], {
    ...options,
    stdio: 'inherit',
    reject: false,
    cancelSignal: stop,
  });
}
