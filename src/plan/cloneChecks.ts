import * as l10n from '@vscode/l10n';
import { isActive, writableDisks, writtenDisks, type Domain } from '../host/domain';
import type { TemplateFacts } from '../host/templateFacts';
import { parseXml } from '../host/xml';
import { savedMemory } from './baseChecks';
import { carriedOver, miscountedDisks } from './carriedOver';
import type { Method } from './machine';
import { Refusal } from './plan';

/**
 * Whether this domain can be a template for this method.
 * @throws Refusal with the way out
 */
export function checkTemplate(template: Domain, facts: TemplateFacts, method: Method): void {
  const { name } = template;
  if (template.problem !== undefined)
    throw new Refusal(l10n.t('{0} cannot be read: {1}', name, template.problem));
  if (isActive(template)) {
    throw new Refusal(
      l10n.t('{0} is not switched off, so its disks may change under a clone. Shut it down first.', name),
    );
  }
  if (facts.saved) throw savedMemory(name);
  if (writableDisks(template).length === 0)
    throw new Refusal(l10n.t('{0} has no writable disk to clone.', name));
  if (method !== 'virt-install') checkLuns(template);
  checkDefinition(name, facts);
  const wrong = method === 'virt-clone' ? virtCloneProblem(name, facts.definition) : undefined;
  if (wrong !== undefined) throw new Refusal(wrong);
}

/**
 * A SCSI device that is handed through has no file on which an overlay could stand, and a copy of the definition has it
 * too.
 * @throws Refusal with the way out
 */
export function checkLuns(template: Domain): void {
  const lun = writtenDisks(template).find(({ device, shareable }) => device === 'lun' && !shareable);
  if (lun === undefined) return;
  throw new Refusal(
    l10n.t(
      '{0} has the SCSI device {1} ({2}) handed through, to which template and clone would both write. Detach it first, or make it read-only or shareable.',
      template.name,
      lun.target,
      lun.source ?? lun.type,
    ),
  );
}

/**
 * Whether a clone can have the address that was chosen for its first interface.
 * @throws Refusal with the way out
 */
export function checkMac(mac: string, interfaces: number, domains: readonly Domain[]): void {
  if (interfaces === 0)
    throw new Refusal(l10n.t('The clone has no network interface that could have the MAC address {0}.', mac));
  const owner = domains.find((domain) => domain.interfaces.some((nic) => nic.mac?.toLowerCase() === mac));
  if (owner === undefined) return;
  throw new Refusal(
    l10n.t(
      'The MAC address {0} belongs to {1}. Choose another one, or let the clone have a new one.',
      mac,
      owner.name,
    ),
  );
}

/** Why virt-clone would make a clone of this template that is not right; undefined if it would not. */
export function virtCloneProblem(name: string, definition: string): string | undefined {
  const miscounted = miscountedDisks(definition);
  if (miscounted.length > 0) {
    return l10n.t(
      'virt-clone would put the overlays in the wrong places, since it counts the disks of {0} otherwise: {1}. Choose the method define.',
      name,
      miscounted.join(', '),
    );
  }
  const carried = carriedOver(definition);
  if (carried.length === 0) return undefined;
  return l10n.t(
    'virt-clone would give the clone what only {0} can have: {1}. Choose the method define.',
    name,
    carried.join(', '),
  );
}

function checkDefinition(name: string, { definition }: TemplateFacts): void {
  const domain = parseXml(definition);
  const nvram = domain.first('os', 'nvram');
  const kind = nvram?.attribute('type') ?? 'file';
  if (kind !== 'file') {
    throw new Refusal(
      l10n.t(
        '{0} keeps its UEFI variables on storage of type {1}, which cannot be copied here. Move them to a file first.',
        name,
        kind,
      ),
    );
  }
  const modules = domain.first('devices')?.all('memory') ?? [];
  const persistent = modules.find(
    (module) =>
      ['nvdimm', 'virtio-pmem'].includes(module.attribute('model') ?? '') &&
      module.first('source', 'path') !== undefined &&
      module.first('target', 'readonly') === undefined,
  );
  if (persistent !== undefined) {
    throw new Refusal(
      l10n.t(
        '{0} has persistent memory in the file {1}, which template and clone would both write to. Remove it from the template, or make it read-only.',
        name,
        persistent.textOf('source', 'path') ?? '',
      ),
    );
  }
}
