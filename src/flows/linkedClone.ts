import * as vscode from 'vscode';
import { config } from '../config';
import { writableDisks, type Domain } from '../host/domain';
import { exists } from '../host/files';
import type { Host } from '../host/host';
import type { Pool } from '../host/pool';
import type { Run } from '../host/process';
import type { Lineage } from '../lineage/lineage';
import { baseOf, overlayName } from '../plan/linkedClone';
import { methods, type Method } from '../plan/machine';
import { domainNameProblem, freeName, virtInstallNameProblem, virtToolsPathProblem } from '../plan/names';
import { namesIn, type VolumeTool } from '../plan/overlay';
import { input, pick } from './ask';
import { machineChoices, type MachineDraft } from './machineChoices';
import type { Choice } from './summary';
import { poolChoice, sizeChoice, toolChoice } from './volumeChoices';

/** What is decided about a clone, as far as it goes by now. */
export interface CloneDraft extends MachineDraft {
  method: Method;
  volumeTool: VolumeTool;
  pool: Pool | undefined;
  capacity: number | undefined;
  start: boolean;
}

/** Asks for the clone's name, proposing a free one and refusing what could not be made. */
export async function askCloneName(
  title: string,
  template: Domain,
  lineage: Lineage,
  host: Host,
): Promise<string> {
  const disk = writableDisks(template)[0];
  const base = disk === undefined ? undefined : baseOf(disk, lineage);
  const pool = base === undefined ? undefined : lineage.poolOf(base);
  const domains = new Set(lineage.inventory.domains.map((domain) => domain.name));
  const volumes = namesIn(pool);
  const stem = template.name.replace(/^(plantilla|template)[-_](?=.)/, '');
  const free = (name: string) =>
    cloneNameProblem(name, domains) === undefined && !volumes.has(overlayName(name, '', true));
  const proposal =
    stem !== template.name && (free(stem) || domains.has(stem) || volumes.has(overlayName(stem, '', true)))
      ? freeName(stem, free)
      : freeName(`${template.name}-clone`, free);
  const prompt = vscode.l10n.t('Name of the linked clone of {0}', template.name);
  return input(title, prompt, proposal, async (name) => {
    const file = overlayName(name, '', true);
    const problem = cloneNameProblem(name, domains);
    if (problem !== undefined) return problem;
    const path = `${pool?.path ?? ''}/${file}`;
    if (volumes.has(file) || (host.local && (await exists(path)))) {
      return vscode.l10n.t('There is already a file {0}.', path);
    }
    return undefined;
  });
}

/** Why a clone cannot get this name by the method that is set, or undefined if it can. */
function cloneNameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  return (
    domainNameProblem(name, taken) ??
    virtToolsPathProblem(name) ??
    (config.method === 'virt-install' ? virtInstallNameProblem(name) : undefined)
  );
}

/** The choices of a clone; those of the machine itself are virt-install's, since virt-clone keeps the template's. */
export function cloneChoices(
  title: string,
  draft: CloneDraft,
  template: Domain,
  lineage: Lineage,
  run: Run,
): readonly Choice[] {
  const first = writableDisks(template)[0];
  const path = first === undefined ? undefined : lineage.pathOf(first);
  const capacity = path === undefined ? undefined : lineage.volume(path)?.capacity;
  return [
    methodChoice(title, draft),
    toolChoice(title, draft),
    poolChoice(title, draft, lineage.inventory.pools),
    ...(capacity === undefined ? [] : [sizeChoice(title, draft, capacity)]),
    ...(draft.method === 'virt-install' ? machineChoices(title, draft, lineage.inventory.networks, run) : []),
    {
      label: vscode.l10n.t('Start afterwards'),
      value: draft.start ? vscode.l10n.t('yes') : vscode.l10n.t('no'),
      change: () => {
        draft.start = !draft.start;
        return Promise.resolve();
      },
    },
  ];
}

function methodChoice(title: string, draft: CloneDraft): Choice {
  const meaning: Readonly<Record<Method, string>> = {
    'virt-clone': vscode.l10n.t('copies the definition of the template'),
    'virt-install': vscode.l10n.t('makes a new definition; memory, vCPUs, OS and network can be chosen'),
  };
  return {
    label: vscode.l10n.t('Method'),
    value: draft.method,
    change: async () => {
      const options = methods.map((method) => ({
        label: method,
        description: meaning[method],
        value: method,
      }));
      draft.method = await pick(title, vscode.l10n.t('What makes the virtual machine'), options);
    },
  };
}
