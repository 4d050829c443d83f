import * as l10n from '@vscode/l10n';
import { writableDisks } from '../host/domain';
import { parseXml } from '../host/xml';
import type { LinkedCloneAnswers } from './linkedClone';
import { notesOnTool } from './overlay';

/** What a person should know of the clones before they are made, one sentence each. */
export function notesOnClone(answers: LinkedCloneAnswers, uri: string): string[] {
  const { template, method, drives } = answers;
  const disks = template.disks.filter(({ device }) => device === 'disk' || device === 'lun');
  const shared = disks.filter((disk) => disk.readonly || disk.shareable);
  const media = template.disks.filter((disk) => disk.device === 'cdrom' || disk.device === 'floppy');
  const left = template.disks.length - writableDisks(template).length;
  const copies = method !== 'virt-install';
  return [
    ...(copies ? shared : []).map((disk) =>
      l10n.t('The disk {0} is shareable or read-only and stays shared with the template.', disk.target),
    ),
    ...(!copies && left > 0
      ? [
          l10n.t(
            'virt-install makes a machine with the cloned disks only, without the other drives of the template.',
          ),
        ]
      : []),
    ...(copies && drives === 'keep' && media.some(({ source, volume }) => source ?? volume)
      ? [l10n.t('The media in the drives are those of the template, and have to stay where they are.')]
      : []),
    ...(template.tpm ? [l10n.t('The TPM of the clone starts empty.')] : []),
    ...(copies ? notesOnDefinition(answers) : []),
    ...notesOnTool(uri, answers.volumeTool),
  ];
}

/** What a copy of the definition has in common with the template, and only one of them can use at a time. */
function notesOnDefinition({ facts }: LinkedCloneAnswers): string[] {
  const domain = parseXml(facts.definition);
  const devices = domain.first('devices');
  const has = (name: string) => devices?.first(name) !== undefined;
  const lines = ['serial', 'parallel', 'console', 'channel'].flatMap((name) => devices?.all(name) ?? []);
  const listening = lines.some(
    (line) =>
      ['tcp', 'udp'].includes(line.attribute('type') ?? '') &&
      line.all('source').some((source) => source.attribute('mode') === 'bind'),
  );
  const commandLine = domain.children.some((child) => child.name.endsWith(':commandline'));
  return [
    ...(has('hostdev')
      ? [l10n.t('It has a device of the host, which only one running machine can use at a time.')]
      : []),
    ...(has('filesystem') ? [l10n.t('Directories of the host are shared with the template.')] : []),
    ...(listening
      ? [l10n.t('A serial line listens on a fixed port, which only one running machine can use at a time.')]
      : []),
    ...(commandLine ? [l10n.t('It has arguments for QEMU itself, which are copied as they are.')] : []),
  ];
}
