import * as vscode from 'vscode';
import { operatingSystems } from '../host/osinfo';
import type { Network } from '../host/network';
import type { Run } from '../host/process';
import { sizeText } from '../words/size';
import { detectOs, subOption } from '../plan/machine';
import type { MachineWishes } from '../plan/methodWishes';
import { input, inputNumber, pick, type Option } from './ask';
import type { Choice } from './summary';

const mebibyte = 2 ** 20;

/** The choices of a machine that virt-install makes; each changes the draft. */
export function machineChoices(
  title: string,
  draft: MachineWishes,
  networks: readonly Network[],
  run: Run,
): Readonly<Record<keyof MachineWishes, Choice>> {
  return {
    memory: {
      label: vscode.l10n.t('Memory'),
      value: sizeText(draft.memory, vscode.env.language),
      change: async () => {
        const mebibytes = Math.ceil(draft.memory / mebibyte);
        draft.memory = (await inputNumber(title, vscode.l10n.t('Memory in MiB'), mebibytes, 1)) * mebibyte;
      },
    },
    vcpus: {
      label: vscode.l10n.t('vCPUs'),
      value: String(draft.vcpus),
      change: async () => {
        draft.vcpus = await inputNumber(title, vscode.l10n.t('Number of virtual CPUs'), draft.vcpus, 1);
      },
    },
    osinfo: {
      label: vscode.l10n.t('OS'),
      value: draft.osinfo === detectOs ? vscode.l10n.t('detect it from the disk') : draft.osinfo,
      change: async () => {
        draft.osinfo = await askOs(title, draft.osinfo, run);
      },
    },
    networks: {
      label: vscode.l10n.t('Network'),
      value: draft.networks.length === 0 ? vscode.l10n.t('none') : draft.networks.join(' '),
      change: async () => {
        draft.networks = await askNetwork(title, draft.networks, networks);
      },
    },
  };
}

/** An OS that virt-install will take: the wish if this machine's libosinfo knows it, else detection from the disk. */
export async function knownOs(wish: string | undefined, run: Run): Promise<string> {
  if (wish === undefined) return detectOs;
  const systems = await operatingSystems(run);
  const known = systems?.some(({ id, shortId }) => id === wish || shortId === wish) ?? true;
  return known ? wish : detectOs;
}

async function askOs(title: string, present: string, run: Run): Promise<string> {
  const systems = await operatingSystems(run);
  if (systems === undefined) {
    return input(
      title,
      vscode.l10n.t('Operating system, as virt-install knows it (debian12)'),
      present,
      (text) =>
        /^[\w.+:/=,-]+$/.test(text) ? undefined : vscode.l10n.t('Enter a short id such as debian12.'),
    );
  }
  return pick(title, vscode.l10n.t('Operating system'), [
    { label: vscode.l10n.t('Detect it from the disk'), description: detectOs, value: detectOs },
    ...systems.map(({ shortId, name }) => ({ label: shortId, description: name, value: shortId })),
  ]);
}

async function askNetwork(
  title: string,
  present: readonly string[],
  networks: readonly Network[],
): Promise<readonly string[]> {
  const model = 'model=virtio';
  const options: Option<readonly string[]>[] = [
    ...(present.length === 0
      ? []
      : [{ label: present.join(' '), description: vscode.l10n.t('unchanged'), value: present }]),
    ...networks.map(({ name, active }) => ({
      label: name,
      description: active ? vscode.l10n.t('virtual network') : vscode.l10n.t('virtual network, inactive'),
      value: [`${subOption('network', name)},${model}`],
    })),
    {
      label: vscode.l10n.t('User networking'),
      description: vscode.l10n.t('outgoing only, not reachable from outside'),
      value: [`user,${model}`],
    },
    { label: vscode.l10n.t('None'), value: [] },
  ];
  return pick(title, vscode.l10n.t('Network'), options);
}
