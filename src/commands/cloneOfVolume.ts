import * as vscode from 'vscode';
import { config } from '../config';
import { findPool, findVolume, freshTarget, hostOf } from '../flows/targets';
import { proposedMachine } from '../flows/proposedMachine';
import { Refusal } from '../plan/plan';
import { toScript } from '../plan/script';
import { volumeClone } from '../plan/volumeClone';
import { carryOut } from './carryOut';
import { identityIn } from './cloneIdentity';
import type { Deps } from './command';
import { finish } from './cloneOutcome';
import type { Given } from './createLinkedClone';

/**
 * A clone of a volume without a machine, for a script: there is no template to ask, so virt-install makes the machine.
 * @param path that of the volume
 * @throws Refusal
 */
export async function cloneOfVolume(deps: Deps, given: Given, path: string): Promise<unknown> {
  if (given.method !== undefined && given.method !== 'virt-install') {
    throw new Refusal(
      vscode.l10n.t('A volume has no machine that {0} could copy. Leave out the method.', given.method),
    );
  }
  if (given.count !== undefined && given.count !== 1)
    throw new Refusal(vscode.l10n.t('Of a volume one clone is made at a time. Leave out "{0}".', 'count'));
  if ((await identityIn(given)) !== undefined)
    throw new Refusal(
      vscode.l10n.t('A clone of a volume cannot be given an identity. Leave out "{0}".', 'identity'),
    );
  const host = await hostOf(deps.hosts, given.host);
  const { lineage, subject: base } = await freshTarget(host, (found) => findVolume(found, path));
  const proposed = await proposedMachine(base, lineage, host);
  const name = given.name ?? '';
  const plan = volumeClone(
    {
      ...proposed,
      base,
      name,
      volumeTool: given.volumeTool ?? config.volumeTool,
      pool: given.pool === undefined ? undefined : findPool(lineage, given.pool),
      capacity: given.capacity,
      memory: given.memory === undefined ? proposed.memory : given.memory * 2 ** 20,
      vcpus: given.vcpus ?? proposed.vcpus,
      osinfo: given.osinfo ?? proposed.osinfo,
      start: given.start ?? false,
    },
    lineage,
  );
  if (given.preview === true) return { script: toScript(plan, config.programPaths) };
  await carryOut(plan, host, 'shown', deps);
  return finish(deps, { host, lineage, subject: [name] }, false);
}
