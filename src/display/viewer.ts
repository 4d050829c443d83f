import { findProgram } from '../host/findProgram';
import type { Screen } from './screen';

/** The program virt-viewer, where it is installed and has a desktop to show its window on. */
export function findViewer(env: NodeJS.ProcessEnv): string | undefined {
  const hasDesktop = [env.WAYLAND_DISPLAY, env.DISPLAY].some((name) => (name ?? '') !== '');
  return hasDesktop ? findProgram('virt-viewer', env.PATH ?? '') : undefined;
}

/** The arguments with which virt-viewer shows a machine, and goes on when it is started again. */
export function viewerArguments(uri: string, uuid: string, kind: Screen['kind']): string[] {
  // What listens nowhere is handed out by libvirt.
  const attach = kind === 'unlistened' ? ['--attach'] : [];
  return ['--connect', uri, '--reconnect', ...attach, '--', uuid];
}
