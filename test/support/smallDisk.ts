import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { asUser, type Command } from './unprivileged';

/** A command as an ordinary user, and where the disk is that only it and its children see. */
export interface OnSmallDisk extends Command {
  readonly disk: string;
}

// In a mount namespace, which ends with the last process in it and takes the disk along.
const mounting = 'mount -t tmpfs -o size=4m,mode=1777 tmpfs "$1" && shift && exec "$@"';

/** The command with a disk of 4 MiB that it may fill: an ordinary user may mount one in a namespace of their own. */
export async function onSmallDisk(file: string, args: readonly string[]): Promise<OnSmallDisk> {
  const disk = await mkdtemp(path.join('/tmp', 'llc-disk-'));
  const root = process.geteuid?.() === 0;
  const inner = root
    ? asUser(file, args)
    : {
        file: 'unshare',
        args: [
          '--user',
          `--map-user=${process.getuid?.()}`,
          `--map-group=${process.getgid?.()}`,
          '--',
          file,
          ...args,
        ],
      };
  const namespace = root ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  return {
    disk,
    file: 'unshare',
    args: [...namespace, '--', 'sh', '-c', mounting, 'sh', disk, inner.file, ...inner.args],
  };
}
