import * as l10n from '@vscode/l10n';
import { isLocal, type CommandSpec } from '../host/commandLine';
import { isSsh } from '../host/uri';
import { Refusal } from './plan';
import { commandText } from './script';

/** Where a program has to run that works on the files of a host, and whether it needs more rights than its user has. */
export interface Place {
  /** What ssh is told of the other machine; undefined for this one. */
  readonly ssh: readonly string[] | undefined;
  readonly sudo: boolean;
}

/**
 * Where programs reach these files.
 * @param owners the user ids of their owners, as far as they are known
 * @param me the user id here; undefined where there are none
 * @throws Refusal for a host whose files cannot be reached
 */
export function placeOf(uri: string, owners: readonly (number | undefined)[], me: number | undefined): Place {
  if (isLocal(uri)) {
    const others = owners.some((owner) => owner !== undefined && owner !== me);
    return { ssh: undefined, sudo: me !== 0 && others };
  }
  if (!isSsh(uri)) {
    throw new Refusal(
      l10n.t('The files of {0} cannot be reached from here. Do it on that machine, or use qemu+ssh.', uri),
    );
  }
  const { username, hostname, port, pathname, searchParams } = new URL(uri.replace(/^[^:]+:/, 'ssh:'));
  const keyfile = searchParams.get('keyfile');
  const user = decodeURIComponent(username);
  return {
    ssh: [
      ...(port === '' ? [] : ['-p', port]),
      ...(user === '' ? [] : ['-l', user]),
      ...(keyfile === null ? [] : ['-i', keyfile]),
      '--',
      hostname.replace(/^\[|\]$/g, ''),
    ],
    sudo: pathname === '/system' && user !== 'root',
  };
}

/**
 * The command as it is run there. On another machine a shell reads it, so each word is quoted; sudo gets a terminal to
 * ask in.
 */
export function runAt({ ssh, sudo }: Place, spec: CommandSpec): CommandSpec {
  const command: CommandSpec = sudo ? { file: 'sudo', args: ['--', spec.file, ...spec.args] } : spec;
  if (ssh === undefined) return command;
  return { file: 'ssh', args: [...(sudo ? ['-t'] : []), ...ssh, commandText(command)] };
}
