import { parseDomain, writableDisks } from '../host/domain';
import { XmlDraft } from '../host/xmlDraft';
import { cloneDefinition } from '../plan/cloneDefinition';
import type { Identity } from '../plan/identity';

/** What stands in the place of what two machines cannot have in common. */
export const hidden = '…';

const nobody: Identity = { uuid: () => hidden, mac: () => hidden };

/**
 * A definition without what tells its machine from a template or its clones: what a clone is given anew (names, UUIDs,
 * MAC addresses, its overlays, its UEFI variables, its own files) is replaced by `…`, for the template and the clone
 * alike. So what is left to differ was changed by somebody.
 * @param definition what `virsh dumpxml --inactive` says
 */
export function comparable(definition: string): string {
  const domain = parseDomain(definition, { state: 'shutoff', persistent: true });
  const anonymous = cloneDefinition(definition, {
    name: hidden,
    template: { name: domain.name, uuid: hidden },
    identity: nobody,
    overlays: new Map(writableDisks(domain).map(({ target }) => [target, hidden])),
    drives: 'keep',
    nvram: hidden,
    memory: undefined,
    vcpus: undefined,
    mac: undefined,
  });
  return `${XmlDraft.parse(anonymous).toLines()}\n`;
}
