import * as l10n from '@vscode/l10n';
import { virshReading } from '../host/commandLine';
import { parseDomain, writtenDisks, type Domain } from '../host/domain';
import { flawedLine } from '../host/xml';
import type { Lineage } from '../lineage/lineage';
import { guardImage } from './guard';
import { Refusal, runnable, type Plan } from './plan';

/** A definition that is not taken over because of what stands in one of its lines. */
export class DefinitionRefusal extends Refusal {
  constructor(
    message: string,
    /** Counted from 1. */
    readonly line: number,
  ) {
    super(message);
  }
}

/** What a person has written. */
export interface EditAnswers {
  /** The machine whose definition it is to be. */
  readonly domain: Domain;
  readonly definition: string;
}

/**
 * The command that gives a machine another definition, held to libvirt's schema. It stays the same machine: under another
 * UUID and name libvirt would silently make a second one, on the same disks.
 * @throws DefinitionRefusal
 * @throws InUse where the machine would come to write to what others stand on
 */
export function editDefinition({ domain, definition }: EditAnswers, lineage: Lineage): Plan {
  const { uri } = lineage.inventory;
  const { name, uuid } = domain;
  if (!domain.persistent)
    throw new Refusal(l10n.t('{0} vanishes when it is switched off: it has no definition to edit.', name));
  const wished = readDefinition(definition);
  checkIdentity(wished, domain, definition);
  checkDisks(wished, domain, definition, lineage);
  const title = l10n.t('Change the definition of {0}', name);
  const spec = virshReading(uri, definition, 'define', '--validate');
  const verify = { kind: 'machine', name, uuid, images: [] } as const;
  return runnable({ title, uri, notes: [], steps: [{ title, spec, verify, atomic: true }] });
}

function readDefinition(definition: string): Domain {
  const flaw = flawedLine(definition);
  if (flaw !== undefined)
    throw new DefinitionRefusal(l10n.t('The XML is not well-formed in line {0}.', flaw), flaw);
  // Entities could hide a name from whoever does not resolve them.
  const entities = lineOf(definition, '<!DOCTYPE');
  if (entities !== undefined)
    throw new DefinitionRefusal(l10n.t('A definition needs no document type.'), entities);
  try {
    return parseDomain(definition, { state: 'nostate', persistent: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DefinitionRefusal(l10n.t('This is no definition of a virtual machine: {0}', reason), 1);
  }
}

function checkIdentity(wished: Domain, { name, uuid }: Domain, definition: string): void {
  if (wished.name !== name) {
    throw new DefinitionRefusal(
      l10n.t(
        'The machine is called "{0}", not "{1}". "Rename" gives it another name, "Create Full Clone" makes another machine.',
        name,
        wished.name,
      ),
      lineOf(definition, '<name') ?? 1,
    );
  }
  if (wished.uuid.toLowerCase() === uuid) return;
  throw new DefinitionRefusal(
    l10n.t('The UUID must stay {0}: by it libvirt knows the machine.', uuid),
    lineOf(definition, '<uuid') ?? lineOf(definition, '<name') ?? 1,
  );
}

/** What the machine writes to already is guarded when it is started; what it has not yet must not come to it. */
function checkDisks(wished: Domain, domain: Domain, definition: string, lineage: Lineage): void {
  for (const disk of writtenDisks(wished)) {
    const path = lineage.pathOf(disk);
    if (path === undefined) continue;
    if (!lineage.writesTo(domain, path)) guardImage('attach', path, lineage);
    const was = [...domain.disks, ...(domain.nextDisks ?? [])].find(({ target }) => target === disk.target);
    const format = lineage.volume(path)?.format;
    if (disk.format === 'raw' && format === 'qcow2' && was?.format !== 'raw') {
      throw new DefinitionRefusal(
        l10n.t('{0} is qcow2. Read as raw, it would be damaged by the first thing the guest writes.', path),
        lineOf(definition, path) ?? 1,
      );
    }
  }
}

/** The first line in which something stands, counted from 1. */
function lineOf(text: string, what: string): number | undefined {
  const at = text.indexOf(what);
  return at === -1 ? undefined : text.slice(0, at).split('\n').length;
}
