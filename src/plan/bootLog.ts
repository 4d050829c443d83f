import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { isActive, type Domain } from '../host/domain';
import type { Lineage } from '../lineage/lineage';
import { subOption } from './machine';
import { Refusal, runnable, type Plan } from './plan';

/**
 * The file for what a machine says on its serial line, where libvirt keeps its own logs: nobody else may write there, and
 * its profile of AppArmor allows it.
 * @param cache the user's cache directory, where a session's libvirt has its logs
 * @throws Refusal where that directory is on another machine, and so not known
 */
export function bootLogFile(name: string, uri: string, cache: string, local: boolean): string {
  const session = /\/session\b/.test(uri);
  if (session && !local)
    throw new Refusal(l10n.t('Where the session of another host keeps its logs is not known here.'));
  return path.posix.join(
    session ? `${cache}/libvirt/qemu/log` : '/var/log/libvirt/qemu',
    `${name}-serial.log`,
  );
}

/**
 * The command that has libvirt keep what a machine says on its serial line, from one start to the next: each start begins
 * the file anew, a reboot of the guest goes on in it.
 * @throws Refusal where it has no serial line, or is not off: libvirt would open the file at the next start only
 */
export function keepBootLog(domain: Domain, file: string, { inventory: { uri } }: Lineage): Plan {
  const { uuid, name } = domain;
  if (!domain.console) throw new Refusal(l10n.t('{0} has no serial console whose log could be kept.', name));
  if (isActive(domain))
    throw new Refusal(
      l10n.t(
        'No boot log of {0} is kept. Shut it down and ask again: it is then kept from the next start.',
        name,
      ),
    );
  const title = l10n.t('Keep the boot log of {0}', name);
  const edit = ['--edit', '--serial', `${subOption('log.file', file)},log.append=off`];
  return runnable({
    title,
    uri,
    notes: [],
    steps: [
      {
        title,
        spec: { file: 'virt-xml', args: ['--connect', uri, uuid, ...edit] },
        verify: { kind: 'logged', uuid, file },
      },
    ],
  });
}
