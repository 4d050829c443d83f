import * as l10n from '@vscode/l10n';
import { virsh, type CommandSpec } from '../host/commandLine';
import { CommandError } from '../host/errors';
import type { Host } from '../host/host';
import type { Lineage } from '../lineage/lineage';
import { commandText } from '../plan/script';

/**
 * Every level of the chains of these images, with what libvirt and qemu-img say of it, as Markdown. The chain is
 * followed level by level, because `qemu-img info --backing-chain` says nothing at all where one level is missing
 * (HAZARDS 12), and `-U` because a running machine holds a lock on its image (HAZARDS 14).
 */
export async function backingChainText(
  title: string,
  images: readonly string[],
  host: Host,
  lineage: Lineage,
): Promise<string> {
  const chapters = await Promise.all(images.map((image) => chapter(image, host, lineage)));
  return [`# ${title}`, ...chapters, ''].join('\n\n');
}

async function chapter(image: string, host: Host, lineage: Lineage): Promise<string> {
  const levels = [image, ...lineage.chain(image)];
  const list = levels.map((path, level) => `${'  '.repeat(level)}- ${path}${inWords(path, lineage)}`);
  const details = await Promise.all(levels.map((path) => section(path, host)));
  return [`## ${image}`, list.join('\n'), ...details].join('\n\n');
}

function inWords(path: string, lineage: Lineage): string {
  const volume = lineage.volume(path);
  const users = lineage.usersOf(path).map((user) => user.name);
  const words = [
    volume === undefined ? l10n.t('in no active storage pool') : (volume.format ?? l10n.t('unknown')),
    ...(users.length === 0 ? [] : [l10n.t('used by {0}', users.join(', '))]),
  ];
  return ` (${words.join('; ')})`;
}

async function section(path: string, host: Host): Promise<string> {
  const commands: CommandSpec[] = [
    virsh(host.uri, 'vol-dumpxml', '--vol', path),
    // Images of another machine cannot be read from here.
    ...(host.local ? [{ file: 'qemu-img', args: ['info', '-U', path] } as const] : []),
  ];
  const said = await Promise.all(commands.map((spec) => output(spec, host)));
  return [`### ${path}`, ...commands.map((spec, index) => block(spec, said[index] ?? ''))].join('\n\n');
}

async function output(spec: CommandSpec, { run }: Host): Promise<string> {
  try {
    return (await run(spec)).stdout;
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

function block(spec: CommandSpec, text: string): string {
  // A fence longer than any in the text: file names may hold anything.
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  const language = spec.file === 'virsh' ? 'xml' : 'yaml';
  return `${fence}sh\n${commandText(spec)}\n${fence}\n\n${fence}${language}\n${text.trimEnd()}\n${fence}`;
}
